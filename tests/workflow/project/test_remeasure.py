"""What follows an edit, on the sample: profile, p-value, overlaps, cut faces."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.by_hand.manual_fit import ManualFitter
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.vesicle import Flag, Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.project import remeasure


@pytest.fixture(scope="module")
def fitter() -> ManualFitter:
    return ManualFitter.of(open_volume(resource_path("sample", "sample.mrc")), Recipe())


def usual(count: int, seed: int = 0) -> list[Vesicle]:
    """A population with normal features."""
    rng = np.random.default_rng(seed)
    return [
        Vesicle(
            i + 1,
            100.0,
            100.0,
            60.0 * i,
            float(rng.normal(20, 1)),
            contrast=1.0,
            leaflet_distance_nm=float(rng.normal(3, 0.3)),
            membrane_density=float(rng.normal(-50, 4)),
        )
        for i in range(count)
    ]


def test_a_fitted_sphere_measures_as_the_fit_said(fitter: ManualFitter) -> None:
    true = next(iter(read_vesicles(resource_path("sample", "sample_truth.csv"))))
    found = fitter.refit(true.sphere)
    again = fitter.measure(found.sphere)
    assert again["contrast"] == pytest.approx(found.measures["contrast"], rel=0.05)
    assert again["membrane_thickness_nm"] == pytest.approx(found.measures["membrane_thickness_nm"], abs=0.3)
    away = fitter.measure(found.sphere.__class__(found.sphere.z_nm + 9, *found.sphere.centre_nm[1:], 20.0))
    assert away["correlation"] < again["correlation"]
    assert fitter.measure(found.sphere.__class__(-500.0, 0.0, 0.0, 20.0)) == {}


def test_only_what_people_changed_is_measured_again() -> None:
    vesicle = Vesicle(1, 1.0, 2.0, 3.0, 20.0, origin=Origin.EDITED)
    assert remeasure.was_changed(vesicle)
    assert not remeasure.was_changed(vesicle.but(contrast=0.5))
    assert not remeasure.was_changed(vesicle.but(status=Status.REJECTED))
    assert not remeasure.was_changed(vesicle.but(origin=Origin.IMPORTED))
    assert remeasure.lacks_measures(vesicle.but(origin=Origin.IMPORTED))


def test_p_value_of_a_changed_vesicle_is_that_against_the_others() -> None:
    vesicles = VesicleSet.of(usual(40))
    known = remeasure.p_values_of_all(vesicles)
    assert sum(m["p_value"] < 0.05 for m in known.values()) <= 6
    tested = vesicles.replaced(v.but(**known[v.id]) for v in vesicles)
    forgotten = tested.vesicles[7].but(p_value=None, mahalanobis_sq=None)
    (found,) = remeasure.missing_p_values(tested.replaced([forgotten])).items()
    assert found[0] == forgotten.id
    assert found[1]["p_value"] == pytest.approx(known[forgotten.id]["p_value"], rel=0.3)
    odd = forgotten.but(radius_nm=35.0)
    assert remeasure.missing_p_values(tested.replaced([odd]))[odd.id]["p_value"] < 1e-4


def test_too_few_have_no_p_value_and_rejected_ones_do_not_count() -> None:
    assert remeasure.missing_p_values(VesicleSet.of(usual(5))) == {}
    many = usual(12)
    rejected = [v.but(status=Status.REJECTED) for v in many[:7]]
    assert remeasure.missing_p_values(VesicleSet.of([*rejected, *many[7:]])) == {}
    assert set(remeasure.missing_p_values(VesicleSet.of(many))) == {v.id for v in many}


def test_overlaps_and_cut_faces_follow_the_spheres() -> None:
    tomogram = TomogramReference("a.mrc", "/a.mrc", 1, "00", (100, 200, 200), 2.0)
    a = Vesicle(1, 100.0, 100.0, 100.0, 20.0)
    b = Vesicle(2, 100.0, 100.0, 130.0, 20.0, flags=(Flag.SPLIT,))
    cut = Vesicle(3, 10.0, 300.0, 300.0, 20.0)
    found = remeasure.flags_now(Project(tomogram, vesicles=VesicleSet.of([a, b, cut])))
    assert found == {
        1: {"flags": (Flag.OVERLAP,)},
        2: {"flags": (Flag.SPLIT, Flag.OVERLAP)},
        3: {"flags": (Flag.FACE,)},
    }
    apart = b.but(x_nm=160.0, flags=(Flag.SPLIT, Flag.OVERLAP))
    whole = cut.but(z_nm=60.0, flags=(Flag.FACE,))
    found = remeasure.flags_now(Project(tomogram, vesicles=VesicleSet.of([a, apart, whole])))
    assert found == {2: {"flags": (Flag.SPLIT,)}, 3: {"flags": ()}}


def test_it_is_said_when_p_values_were_computed() -> None:
    known = [Vesicle(1, 1.0, 1.0, 1.0, 20.0, p_value=0.5)]
    assert remeasure.p_values_text({}, []) == ""
    assert "when it was placed" in remeasure.p_values_text({}, known)
    run = {"created": "2026-11-25T03:05:00+00:00"}
    assert "2026-11-2" in remeasure.p_values_text(run, known)
    later = remeasure.p_values_text({**run, remeasure.P_VALUES_AT: "2027-01-02T12:00:00+00:00"}, known)
    assert "2027-01-02" in later

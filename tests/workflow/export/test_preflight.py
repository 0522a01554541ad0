from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.workflow.export.preflight import Level, preflight
from cryoves_app.workflow.export.pyto_export import plan_export
from cryoves_app.workflow.export.pyto_labels import PytoLabels, label_volume
from tests.workflow.pyto_example import (
    SHAPE,
    VOXEL_NM,
    active_zone,
    box,
    cytoplasm,
    moved,
    tomogram,
    vesicles,
)

REGIONS = [cytoplasm(), active_zone()]


def made(found=None, regions=None) -> PytoLabels:
    return label_volume(
        vesicles() if found is None else found, REGIONS if regions is None else regions, SHAPE, VOXEL_NM
    )


def sentences(labels: PytoLabels, volume=None) -> str:
    return " ".join(f"[{f.level}] {f.sentence}" for f in preflight(labels, (volume or tomogram()).data))


def test_labels_follow_the_contract() -> None:
    result = made()
    labels = result.labels
    assert labels.dtype == np.uint16
    assert result.ids.everything == (1, 2, *range(10, 26))
    assert result.ids.boundaries == (2, *range(10, 26))
    assert result.vesicle_of_label == {10 + n: 3 * n + 1 for n in range(16)}
    for axis in range(3):
        assert not np.moveaxis(labels, axis, 0)[[0, -1]].any()
    z, y, x = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    inside = np.sqrt((z - 13) ** 2 + (y - 9) ** 2 + (x - 24) ** 2) <= 6
    np.testing.assert_array_equal(labels == 11, inside)


def test_vesicles_lie_over_the_zone_and_the_zone_over_the_region() -> None:
    on_zone = moved(46, y_nm=54 * VOXEL_NM)
    labels = made(on_zone).labels
    assert labels[13, 57, 54] == 25
    assert labels[13, 57, 5] == 2
    assert labels[13, 55, 5] == 1


def test_organelles_and_excluded_places() -> None:
    mitochondrion = Region("m", RegionKind.ORGANELLE, (box(5, 10.5, 20.5, 30.5),))
    hole = Region("x", RegionKind.EXCLUDE, (box(20, 10.5, 20.5, 30.5),))
    result = made(regions=[*REGIONS, mitochondrion, hole])
    assert (result.labels[5, 15, 25], result.labels[20, 15, 16]) == (3, 0)
    assert result.ids.everything == (1, 2, 3, *range(10, 26))
    with pytest.raises(CryoVesError, match="room for 7 organelles"):
        made(regions=[mitochondrion] * 8)


def test_touching_vesicles_keep_their_numbers() -> None:
    pair = [Vesicle(1, 26.0, 40.0, 40.0, 12.0), Vesicle(2, 26.0, 40.0, 60.0, 12.0)]
    labels = made(pair).labels
    assert labels[13, 20, 24] == 10
    assert labels[13, 20, 26] == 11


def test_clean_example_has_no_findings() -> None:
    assert sentences(made()) == ""


def test_invisible_vesicles_are_left_out_without_a_gap() -> None:
    result = made(moved(7, x_nm=-500.0))
    assert result.ids.vesicles == tuple(range(10, 25))
    assert 7 not in result.vesicle_of_label.values()
    assert "[caution] Left out, since no voxel is theirs: vesicle 7." in sentences(result)
    np.testing.assert_array_equal(result.labels[13, 9, 54], 12)  # the fourth vesicle moved up


def test_missing_regions_are_told() -> None:
    assert "no cytoplasm region" in sentences(made(regions=[active_zone()]))
    assert "no active zone" in sentences(made(regions=[cytoplasm()]))
    assert "no vesicle" in sentences(made([]))


def test_active_zone_apart_from_the_region() -> None:
    far = active_zone(tube_nm=4.0, y=60.0)
    assert "[problem] The active zone does not touch the region" in sentences(
        made(regions=[cytoplasm(), far]), tomogram(far)
    )


def test_vesicles_outside_or_without_contact_are_listed() -> None:
    left = Region("cell", RegionKind.CYTOPLASM, tuple(box(z, 1.5, 56.5, 30.5) for z in range(26)))
    told = sentences(made(regions=[left, active_zone()]))
    assert (
        "Without contact to the region, so that Pyto finds no connectors there: vesicles 7, 10, 19, 22"
        in told
    )
    assert "With the centre outside the region: vesicles 7, 10, 19, 22" in told


def test_a_gap_of_one_voxel_is_no_contact() -> None:
    result = made()
    ball = result.labels == 10
    around = np.zeros_like(ball)
    for axis in range(3):
        for by in (-1, 1):
            around |= np.roll(ball, by, axis)
    result.labels[around & ~ball] = 0
    assert "no connectors there: vesicle 1." in sentences(result)


def test_damaged_labels_are_problems() -> None:
    torn, gap, face = made(), made(), made()
    torn.labels[13] = 0
    assert "[problem] In more than one piece: vesicles 1, 4, 7, 10" in sentences(torn)
    assert "and 4 more" in sentences(torn)
    gap.labels[gap.labels == 12] = 1
    assert "[problem] The vesicles' numbers have gaps." in sentences(gap)
    assert "[problem] The labels and the list of vesicles do not agree." in sentences(gap)
    face.labels[:, :, 0] = 1
    assert "[problem] Labels reach the faces" in sentences(face)
    assert "different shapes" in preflight(made(), np.zeros((2, 3, 4)))[0].sentence


def test_inverted_contrast_is_a_problem() -> None:
    found = preflight(made(), tomogram(bright=True).data)
    assert found[0].level is Level.PROBLEM
    assert "brighter than the lumen" in found[0].sentence


def test_dark_layer_beside_a_narrow_zone_is_told() -> None:
    narrow = active_zone(tube_nm=4.0)
    wide_region = Region("cell", RegionKind.CYTOPLASM, tuple(box(z, 1.5, 60.5, 61.5) for z in range(26)))
    made_narrow = made(regions=[wide_region, narrow])
    assert "as dark as membrane beside the active zone" in sentences(
        made_narrow, tomogram(active_zone(tube_nm=12.0))
    )
    assert "as dark as membrane" not in sentences(made_narrow, tomogram(narrow))


def test_smaller_pieces_are_cut_off() -> None:
    # a small vesicle sits as a plate in front of a larger one and cuts a crumb off
    big = Vesicle(1, 26.0, 60.0, 60.0, 20.0)
    result = made([big, Vesicle(2, 26.0, 60.0, 92.0, 12.0), Vesicle(3, 26.0, 60.0, 76.0, 5.0)])
    assert "piece" not in sentences(result)


def test_plan_holds_what_would_be_written() -> None:
    volume = tomogram()
    plan = plan_export(volume, vesicles(), REGIONS)
    assert plan.problems == ()
    assert plan.volume is volume
    bad = plan_export(replace(volume, data=150 - volume.data), vesicles(), REGIONS)
    assert len(bad.problems) == 1

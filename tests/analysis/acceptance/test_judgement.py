"""Which vesicles are accepted, and the reason where not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cryoves_app.analysis.acceptance.judgement import features_of, flag_overlaps, judge, merge_duplicates
from cryoves_app.domain.beyond_range import BeyondRange
from cryoves_app.domain.recipe_settings import OutlierSettings
from cryoves_app.domain.vesicle import Flag, Status, Vesicle

SETTINGS = OutlierSettings()


def usual(number: int, seed: int = 0, first: int = 1) -> list[Vesicle]:
    """Vesicles 100 nm apart with the spread of measures that fits show."""
    rng = np.random.default_rng(seed)
    return [
        Vesicle(
            first + k,
            50.0,
            50.0,
            100.0 * (first + k),
            float(rng.normal(20, 2)),
            se_radius_nm=0.05,
            leaflet_distance_nm=float(rng.normal(3, 0.2)),
            roundness_nm=float(np.exp(rng.normal(-1, 0.3))),
            membrane_density=float(rng.normal(-2000, 100)),
            contrast=float(rng.normal(4, 0.3)),
            correlation=float(rng.normal(0.8, 0.02)),
        )
        for k in range(number)
    ]


def status_of(vesicles: list[Vesicle], vesicle_id: int = 99, **settings: float) -> tuple[Status, str]:
    judged = judge(vesicles, OutlierSettings(**settings)).vesicles
    found = next(v for v in judged if v.id == vesicle_id)
    return found.status, found.reason


def test_usual_vesicles_are_accepted_with_their_p_values() -> None:
    judged = judge(usual(40), SETTINGS)
    assert all(v.status is Status.ACCEPTED and v.reason == "" for v in judged.vesicles)
    assert all(v.p_value is not None and v.mahalanobis_sq is not None for v in judged.vesicles)
    assert judged.notes == ()


@pytest.mark.parametrize(
    ("changes", "reason", "off"),
    [
        ({"contrast": -1.0}, "no dark membrane", None),
        ({"contrast": 1.0}, "membrane contrast 1.00", {"contrast_cut": 0.0}),
        ({"correlation": 0.3}, "population's profile 0.30", {"correlation_cut": 0.0}),
        (
            {"leaflet_distance_nm": 7.0, "correlation": 0.6},
            "unusual leaflet distance 7 nm",
            {"p_cut": 0.0},
        ),
        ({"radius_nm": 45.0, "correlation": 0.6}, "unusual radius 45 nm", {"p_cut": 0.0}),
        (
            {"roundness_nm": 2.5, "correlation": 0.6},
            "unusual departure from a sphere 2.5 nm",
            {"p_cut": 0.0},
        ),
    ],
)
def test_each_cut_finds_its_outlier_and_can_be_switched_off(
    changes: dict, reason: str, off: dict | None
) -> None:
    odd = usual(1, 3, 99)[0].but(**changes)
    status, why = status_of([*usual(40), odd])
    assert status is Status.OUTLIER
    assert reason in why
    if off:
        status, why = status_of([*usual(40), odd], **off)
        assert status is Status.ACCEPTED
        assert not why or "kept because" in why


def test_no_better_than_places_without_vesicles_is_an_outlier() -> None:
    """Where all are weak none may be taken for usual: decoys in the same tomogram say what weak is."""
    noise = [v.but(correlation=0.1 + 0.002 * v.id) for v in usual(12)]
    assert {v.status for v in judge(noise, SETTINGS).vesicles} == {Status.ACCEPTED}
    judged = judge(noise, SETTINGS, decoy_correlation=0.12).vesicles
    assert {v.status for v in judged} == {Status.OUTLIER}
    assert all("no better than where there is no vesicle (0.12)" in v.reason for v in judged)
    assert {v.status for v in judge(usual(12), SETTINGS, decoy_correlation=0.12).vesicles} == {
        Status.ACCEPTED
    }


def test_among_clear_vesicles_a_faint_one_needs_less_proof_of_its_own() -> None:
    clear = [v.but(correlation=0.16) for v in usual(12)]
    faint, chance = (v.but(correlation=c) for v, c in zip(usual(2, 3, 98), (0.11, 0.09), strict=True))
    judged = judge([*clear, faint, chance], SETTINGS, decoy_correlation=0.12).vesicles
    assert [v.status for v in judged[-2:]] == [Status.ACCEPTED, Status.OUTLIER]
    weak = [v.but(correlation=0.13) for v in clear]
    judged = judge([*weak, faint], SETTINGS, decoy_correlation=0.12).vesicles
    assert judged[-1].status is Status.OUTLIER


@pytest.mark.parametrize(("typical", "status"), [(0.09, Status.OUTLIER), (0.13, Status.ACCEPTED)])
def test_the_best_of_many_that_chance_made_are_chance_too(typical: float, status: Status) -> None:
    """In noise the best of thirty candidates reach one and a half times what decoys do."""
    many = [v.but(correlation=typical) for v in usual(30)]
    best = many[0].but(id=99, correlation=0.18)
    judged = judge([*many[1:], best], SETTINGS, 0.12).vesicles
    assert next(v for v in judged if v.id == 99).status is status


def unsettled(vesicles: list[Vesicle], *flags: Flag) -> list[Vesicle]:
    return [v.but(flags=(Flag.NOT_CONVERGED, *flags), correlation=0.2) for v in vesicles]


def test_where_no_fit_settles_there_are_no_vesicles() -> None:
    """Membranes of a scene without vesicles are darker than decoys, but no sphere settles on them."""
    settled = usual(3, 5, 50)
    assert {v.status for v in judge(unsettled(usual(12)), SETTINGS, 0.1).vesicles} == {Status.OUTLIER}
    with_some = judge([*unsettled(usual(12)), *(v.but(correlation=0.2) for v in settled)], SETTINGS, 0.1)
    assert {v.status for v in with_some.vesicles} == {Status.ACCEPTED}


@pytest.mark.parametrize(("decoys", "least"), [(0.1, 38), (0.18, 0)])
def test_many_that_are_far_better_than_chance_are_vesicles_though_none_settles(
    decoys: float, least: int
) -> None:
    """In strong noise, where the network found a hundred."""
    judged = judge(unsettled(usual(40)), SETTINGS, decoys).vesicles
    accepted = sum(v.status is Status.ACCEPTED for v in judged)
    assert accepted >= least
    assert accepted == 0 or least > 0


def test_many_that_do_not_settle_are_none_where_most_are_cut_or_too_large() -> None:
    """As membranes of organelles are, in a scene without vesicles."""
    cut = [*unsettled(usual(12)), *unsettled(usual(28, 3, 100), Flag.FACE)]
    large = [*unsettled(usual(12)), *(v.but(radius_nm=70.0) for v in unsettled(usual(28, 3, 100)))]
    for candidates in (cut, large):
        judged = judge(candidates, SETTINGS, 0.1, (10.0, 40.0)).vesicles
        assert {v.status for v in judged} == {Status.OUTLIER}


@pytest.mark.parametrize(("decoys", "status"), [(0.12, Status.OUTLIER), (0.09, Status.ACCEPTED)])
def test_a_face_excuses_an_unsettled_fit_far_better_than_chance(decoys: float, status: Status) -> None:
    cut = [v.but(probability=0.7) for v in unsettled(usual(2), Flag.FACE)]
    assert {v.status for v in judge(cut, SETTINGS, decoys).vesicles} == {status}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"probability": 0.7}, ""),
        ({"probability": 0.7, "flags": (Flag.NOT_CONVERGED,)}, ""),
        ({"probability": 0.6}, ""),
        ({"probability": 0.6, "flags": (Flag.NOT_CONVERGED,)}, "probability of 0.60 only"),
        ({"probability": 0.4}, "probability of 0.40 only"),
        ({"probability": 0.4, "flags": (Flag.NOT_CONVERGED,)}, "probability of 0.40 only"),
        ({"flags": (Flag.NOT_CONVERGED,)}, "did not settle"),
        ({"probability": 0.7, "radius_nm": 45.0}, "radius 45 nm, looked for were 10 to 40 nm"),
    ],
)
def test_one_among_few_needs_the_network_and_the_size_that_was_looked_for(
    changes: dict[str, Any], reason: str
) -> None:
    """Membranes of organelles are dark and round enough at a face, and the network doubts them."""
    odd = usual(1, 3, 99)[0].but(**changes)
    found = next(v for v in judge([*usual(3), odd], SETTINGS, 0.1, (10.0, 40.0)).vesicles if v.id == 99)
    assert (found.status is Status.ACCEPTED) == (reason == "")
    assert reason in found.reason
    many = judge([*usual(40), odd], SETTINGS, 0.1, (10.0, 40.0)).vesicles
    assert next(v for v in many if v.id == 99).reason.startswith("radius") is False


def test_an_unusual_measure_of_a_perfect_image_is_no_outlier() -> None:
    filled = usual(1, 3, 99)[0].but(leaflet_distance_nm=7.0)
    assert status_of([*usual(40), filled])[0] is Status.ACCEPTED
    assert status_of([*usual(40), filled.but(correlation=0.6)])[0] is Status.OUTLIER


def test_what_a_face_cuts_is_not_judged_by_measures_that_it_disturbs() -> None:
    odd = usual(1, 3, 99)[0].but(leaflet_distance_nm=7.0, correlation=0.6)
    assert status_of([*usual(40), odd])[0] is Status.OUTLIER
    assert status_of([*usual(40), odd.but(flags=(Flag.FACE,))])[0] is Status.ACCEPTED


@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_few_vesicles_are_judged_without_p_values(number: int) -> None:
    judged = judge(usual(number), SETTINGS)
    assert [v.status for v in judged.vesicles] == [Status.ACCEPTED] * number
    assert all(v.p_value is None for v in judged.vesicles)
    assert any("too few" in n.sentence for n in judged.notes) == (number > 0)


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_false_candidates_do_not_hide_in_numbers(share: float) -> None:
    rng = np.random.default_rng(2)
    count = round(60 * share / (1 - share))
    false = [
        v.but(
            contrast=float(rng.uniform(0.1, 1.6)),
            correlation=float(rng.uniform(0.1, 0.45)),
            leaflet_distance_nm=float(rng.uniform(1, 7)),
        )
        for v in usual(count, 7, 200)
    ]
    judged = judge(usual(60) + false, SETTINGS).vesicles
    assert sum(v.status is Status.ACCEPTED for v in judged if v.id < 200) >= 59
    assert sum(v.status is Status.ACCEPTED for v in judged if v.id >= 200) == 0


def test_unknown_measures_are_nan_and_do_no_harm() -> None:
    blank = Vesicle(99, 0, 0, 0, 20.0, contrast=4.0, correlation=0.8)
    assert np.isnan(features_of([blank, blank.but(contrast=-1.0)])).tolist() == [
        [False, False, True, True],
        [False, True, True, True],
    ]
    assert features_of([]).shape == (0, 4)
    assert status_of([*usual(30), blank]) == (Status.ACCEPTED, "")


def test_what_is_known_of_few_is_no_feature() -> None:
    """Where blur hides leaflets, radius and contrast still make a p-value."""
    blurred = [v.but(leaflet_distance_nm=None) for v in usual(40)]
    judged = judge([*blurred[:-1], blurred[-1].but(leaflet_distance_nm=7.0)], SETTINGS).vesicles
    assert all(v.p_value is not None for v in judged)
    odd = blurred[0].but(id=99, radius_nm=45.0, correlation=0.6)
    assert "unusual radius 45 nm" in status_of([*blurred, odd])[1]


def test_of_two_spheres_at_one_place_the_better_stays() -> None:
    a, b, far = usual(1, 0, 1)[0], usual(1, 1, 2)[0], usual(1, 2, 5)[0]
    twin = b.but(x_nm=a.x_nm + 3, radius_nm=a.radius_nm, correlation=0.9)
    assert [v.id for v in merge_duplicates([a, twin, far], 0.4)] == [2, 5]
    assert [v.id for v in merge_duplicates([a, twin.but(correlation=0.1), far], 0.4)] == [1, 5]
    touching = b.but(x_nm=a.x_nm + a.radius_nm + b.radius_nm - 1)
    assert len(merge_duplicates([a, touching], 0.4)) == 2
    assert len(merge_duplicates([a, twin], 1.0)) == 2


def test_a_small_sphere_inside_a_large_one_is_its_duplicate() -> None:
    large = usual(1)[0]
    small = large.but(id=2, radius_nm=10.0, correlation=0.4)
    assert merge_duplicates([large, small], 0.4) == [large]


def test_overlaps_are_flagged_beyond_what_the_errors_allow() -> None:
    a = usual(1)[0].but(radius_nm=20.0)

    def pair(gap: float) -> list[tuple[Flag, ...]]:
        return [v.flags for v in flag_overlaps([a, a.but(id=2, x_nm=a.x_nm + 40 + gap)])]

    assert pair(1.0) == pair(-0.15) == [(), ()]
    assert pair(-0.3) == [(Flag.OVERLAP,), (Flag.OVERLAP,)]
    outlier = a.but(id=2, x_nm=a.x_nm + 30, status=Status.OUTLIER)
    assert [v.flags for v in flag_overlaps([a, outlier])] == [(), ()]
    assert flag_overlaps(flag_overlaps([a, a.but(id=2)]))[0].flags == (Flag.OVERLAP,)


def test_a_fit_that_ran_away_from_the_radii_looked_for_is_an_outlier() -> None:
    alike = [Vesicle(i, 0, 0, 100.0 * i, 20.0, contrast=3.0, correlation=0.6) for i in range(1, 9)]
    huge = Vesicle(9, 0, 0, 2000.0, 95.0, contrast=3.0, correlation=0.6)
    judged = judge([*alike, huge], SETTINGS, None, (10.0, 40.0)).vesicles
    assert [v.status for v in judged] == [Status.ACCEPTED] * 8 + [Status.OUTLIER]
    assert "95 nm" in judged[-1].reason


def test_what_stands_though_its_p_value_is_below_the_cut_says_why() -> None:
    odd = usual(1, 3, 99)[0].but(leaflet_distance_nm=7.0)
    status, why = status_of([*usual(40), odd.but(correlation=0.9)])
    assert status is Status.ACCEPTED
    assert "unusual leaflet distance 7 nm" in why
    assert "kept because its image is like the others'" in why
    cut = odd.but(correlation=0.6, flags=(Flag.FACE,))
    assert "kept because a face cuts it" in status_of([*usual(40), cut])[1]
    unsettled = cut.but(flags=(Flag.FACE, Flag.NOT_CONVERGED))
    assert status_of([*usual(40), unsettled])[0] is Status.OUTLIER
    judged = judge([*usual(40), odd], SETTINGS).vesicles
    assert all(v.reason for v in judged if v.p_value is not None and v.p_value < SETTINGS.p_cut)


def test_a_second_population_of_radii_is_no_row_of_outliers() -> None:
    """Eight large dense-core vesicles among fifty-two clear ones."""
    rng = np.random.default_rng(5)
    large = [v.but(radius_nm=float(rng.normal(40, 3)), correlation=0.65) for v in usual(8, 9, 200)]
    judged = judge(usual(52) + large, SETTINGS)
    assert all(v.status is Status.ACCEPTED for v in judged.vesicles)
    assert all(v.p_value > SETTINGS.p_cut for v in judged.vesicles)
    assert any("2 groups" in note.sentence for note in judged.notes)
    lone = usual(1, 9, 99)[0].but(radius_nm=9.0, correlation=0.65)
    assert status_of([*usual(52), *large, lone])[0] is Status.OUTLIER


def test_candidates_of_which_none_stands_out_are_possibly_nothing() -> None:
    noise = judge(usual(5), SETTINGS, decoy_correlation=0.9)
    assert {v.status for v in noise.vesicles} == {Status.OUTLIER}
    assert any("no vesicles at all" in note.sentence for note in noise.notes)
    assert not any("at all" in note.sentence for note in judge(usual(5), SETTINGS).notes)


def test_what_lies_beyond_the_range_is_doubtful_counted_and_told_if_it_looks_like_a_vesicle() -> None:
    large = [v.but(radius_nm=r) for v, r in zip(usual(3, 5, 90), (49.0, 55.0, 62.0), strict=True)]
    faint = usual(1, 6, 95)[0].but(radius_nm=70.0, contrast=0.5)
    judged = judge([*usual(40), *large, faint], SETTINGS, radii_nm=(10.0, 40.0))
    assert judged.beyond == BeyondRange(2, 55.0, 62.0, 10.0, 40.0)
    reasons = {v.radius_nm: v.reason for v in judged.vesicles if v.radius_nm in (55.0, 62.0)}
    assert reasons == {
        55.0: "radius 55 nm, looked for were 10 to 40 nm",
        62.0: "radius 62 nm, looked for were 10 to 40 nm",
    }
    assert judge(usual(40), SETTINGS, radii_nm=(10.0, 40.0)).beyond is None


def test_what_differs_by_its_size_alone_is_kept() -> None:
    """One or two dense-core vesicles make no group; what strays in more than its size may be an organelle."""
    large = usual(1, 5, 99)[0].but(radius_nm=36.0, correlation=0.65)
    status, why = status_of([*usual(40), large])
    assert status is Status.ACCEPTED
    assert "unusual radius 36 nm" in why
    assert "kept because nothing but its size is unusual" in why
    for other in (
        {"radius_nm": 9.0},
        {"roundness_nm": 2.5},
        {"leaflet_distance_nm": 7.0},
        {"correlation": 0.5},
        {"flags": (Flag.FACE, Flag.NOT_CONVERGED)},
    ):
        assert status_of([*usual(40), large.but(**other)])[0] is Status.OUTLIER, other

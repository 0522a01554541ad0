"""Threads between exact spheres, judged against chance, on a phantom whose threads are known."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cryoves_app.analysis.links.evidence import excess_density
from cryoves_app.analysis.links.field import LinkField, LinkLabels, link_field
from cryoves_app.analysis.links.mixture import (
    COMPARED,
    LEAST,
    ChanceScores,
    LinkOdds,
    alike,
    chance_p,
    false_shares,
    likelihood_of,
    usual_chance,
)
from cryoves_app.analysis.links.pyto import LinkKind, SegmentMeasures, SizeClass
from cryoves_app.analysis.links.threads import LinkSpheres, ThreadLinks, ThreadSettings, thread_links
from cryoves_app.analysis.links.walls import wall_dip
from cryoves_app.analysis.links.ways import facing_plane, facing_spheres, ways_between
from cryoves_app.analysis.simulate.bodies import segment_distance

SHAPE, VOXEL_NM = (56, 96, 130), 2.0
#: Two rows of four vesicles, 15 nm apart along x, above an active zone at the end of y.
CENTRES = [(56.0, y, x) for y in (60.0, 118.0) for x in (40.0, 91.0, 142.0, 193.0)]
RADIUS_NM = 18.0
THREADS = ((10, 11), (12, 13), (14, 15))
TETHERED = (14, 16)
FAST = ThreadSettings(jitters=0)
ALL = replace(FAST, largest_chance=1.0, largest_false_share=1.0)


def phantom(*, threads: bool = True) -> tuple[LinkField, LinkSpheres]:
    """Dark walls with a bright fringe, noise, and threads of 2 nm radius."""
    rng = np.random.default_rng(4)
    z, y, x = (axis * VOXEL_NM for axis in np.ogrid[tuple(slice(n) for n in SHAPE)])
    grey = rng.normal(0, 0.35, SHAPE)
    labels = np.ones(SHAPE, np.uint16)
    for number, (cz, cy, cx) in enumerate(CENTRES, 10):
        beyond = np.sqrt((z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2) - RADIUS_NM
        grey += -2 * np.exp(-(((beyond + 2) / 2.5) ** 2)) + 0.8 * np.exp(-(((beyond - 4) / 3) ** 2))
        labels[beyond <= 0] = number
    labels[:, 80:] = 2
    labels[:, 86:] = 0
    if threads:
        for start, end in _axes():
            grey -= 2.0 * (segment_distance(z, y, x, np.array(start), np.array(end)) < 2.2)
    ids = tuple(range(10, 10 + len(CENTRES)))
    spheres = np.array([[*centre, RADIUS_NM] for centre in CENTRES]) / VOXEL_NM
    errors = np.full_like(spheres, 0.15)
    return link_field(grey.astype(np.float32), labels, LinkLabels(1, ids, 2)), LinkSpheres(
        ids, spheres, errors
    )


def _axes() -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    pairs = [(CENTRES[a - 10], CENTRES[b - 10]) for a, b in THREADS]
    return pairs + [(CENTRES[v - 10], (56.0, 160.0, CENTRES[v - 10][2])) for v in TETHERED]


@pytest.fixture(scope="module")
def found() -> list[SegmentMeasures]:
    return thread_links(*phantom(), VOXEL_NM, replace(ALL, jitters=4)).links


def test_planted_threads_are_surer_than_all_other_gaps(found: list[SegmentMeasures]) -> None:
    connectors = [link for link in found if link.kind is LinkKind.CONNECTOR]
    assert len(connectors) == 6
    for link in connectors:
        assert link.evidence is not None
        assert link.evidence.gap_nm == pytest.approx(15)
        assert link.evidence.chance is not None
        assert (link.evidence.chance < 0.2) is (link.ends in THREADS)
    strengths = {link.ends: link.evidence.strength for link in connectors if link.evidence}
    assert sorted(strengths, key=lambda e: -strengths[e])[:3] == sorted(THREADS, key=lambda e: -strengths[e])


def test_tethers_to_the_active_zone(found: list[SegmentMeasures]) -> None:
    tethers = {link.ends[1]: link for link in found if link.kind is LinkKind.TETHER}
    assert set(tethers) == {14, 15, 16, 17}
    for number, link in tethers.items():
        assert link.ends[0] == 2
        assert link.evidence is not None
        assert link.evidence.gap_nm == pytest.approx(160 - VOXEL_NM / 2 - 118 - RADIUS_NM, abs=0.05)
        assert link.evidence.chance is not None
        assert (link.evidence.chance < 0.5) is (number in TETHERED)


def test_voxels_lie_on_the_thread(found: list[SegmentMeasures]) -> None:
    """And the measures are those of a tube of 2.2 nm radius across the gap."""
    for link in found:
        if link.ends not in THREADS:
            continue
        a, b = (CENTRES[end - 10] for end in link.ends)
        places = (axis[:, None, None] * VOXEL_NM for axis in link.voxels.T)
        away = segment_distance(*places, np.array(a), np.array(b))
        assert away.max() < 7
        assert away.mean() < 3
        assert link.size_class is SizeClass.GOOD
        assert 10 < link.volume < 90
        assert link.length is not None
        assert 15 / VOXEL_NM <= link.length < 18 / VOXEL_NM
        assert link.evidence is not None
        assert link.evidence.stability == 1.0


def test_without_threads_little_is_sure() -> None:
    """Of ten gaps none is far from chance, and what is listed may all be chance."""
    links = thread_links(*phantom(threads=False), VOXEL_NM, ALL).links
    p_values = [
        link.evidence.chance_p for link in links if link.evidence and link.evidence.chance_p is not None
    ]
    assert len(p_values) == len(links) == 10
    assert min(p_values) > 0.01
    assert np.median(p_values) > 0.2


def test_the_profiles_are_taken_off() -> None:
    """Nothing but noise remains at any distance from a vesicle, where grey values change by two units."""
    space, vesicles = phantom(threads=False)
    excess = excess_density(space, vesicles.spheres_px, VOXEL_NM).values
    centre = vesicles.spheres_px[0, :3] - space.corner_px
    away = (
        np.linalg.norm(np.moveaxis(np.indices(space.shape), 0, -1) - centre, axis=-1) * VOXEL_NM - RADIUS_NM
    )
    for low in range(0, 8, 2):
        shell = space.region & (away >= low) & (away < low + 2)
        assert shell.sum() > 100
        assert abs(excess[shell].mean()) < 0.12
    assert excess[space.region].std() == pytest.approx(1, abs=1e-3)


def test_no_vesicle_is_near_another() -> None:
    space, vesicles = phantom()
    nothing = replace(FAST, connector_reach_nm=5.0, tether_reach_nm=5.0)
    assert thread_links(space, vesicles, VOXEL_NM, nothing) == ThreadLinks([])


def test_a_region_beyond_the_box_gives_no_links() -> None:
    labels = np.zeros((12, 12, 30), np.uint16)
    labels[4:8, 4:8, 4:8], labels[4:8, 4:8, 14:18], labels[0, 0, 0] = 10, 11, 1
    space = link_field(np.zeros(labels.shape, np.float32), labels, LinkLabels(1, (10, 11)))
    spheres = np.array([[5.5, 5.5, 5.5, 2.5], [5.5, 5.5, 15.5, 2.5]])
    assert thread_links(space, LinkSpheres((10, 11), spheres, spheres * 0), 2.0) == ThreadLinks([])


def test_vesicles_that_overlap_or_lie_in_each_other() -> None:
    """No way is shorter than nothing; what chance would give is not known in so small a box."""
    grey = np.random.default_rng(0).normal(size=(30, 50, 60)).astype(np.float32)
    z, y, x = np.ogrid[:30, :50, :60]
    for spheres in ([(15, 25, 25, 8), (15, 25, 32, 8)], [(15, 25, 25, 9), (15, 25, 26, 4)]):
        labels = np.ones(grey.shape, np.uint16)
        for number, (cz, cy, cx, radius) in enumerate(spheres, 10):
            labels[(z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = number
        space = link_field(grey, labels, LinkLabels(1, (10, 11)))
        places = np.array(spheres, float)
        links = thread_links(space, LinkSpheres((10, 11), places, places * 0), 2.0, ALL).links
        assert all(link.evidence is not None and link.evidence.gap_nm < 0 for link in links)


def test_same_seed_same_links() -> None:
    space, vesicles = phantom()
    one, two = (thread_links(space, vesicles, VOXEL_NM, FAST).links for _ in range(2))
    assert [(link.ends, link.evidence) for link in one] == [(link.ends, link.evidence) for link in two]


def test_ways_begin_and_end_on_the_surfaces() -> None:
    density = np.zeros((4, 4, 4), np.float32)
    a, b = np.array([10.0, 10, 10, 8]), np.array([10.0, 10, 40, 12])
    ways = ways_between(density, *facing_spheres(a, b), (0, 0, 0), 1.0)
    assert np.linalg.norm(ways.start_nm - a[:3], axis=1) == pytest.approx(8)
    assert np.linalg.norm(ways.end_nm - b[:3], axis=1) == pytest.approx(12)
    assert ways.start_nm[:, 2].min() > 17
    ways = ways_between(density, *facing_plane(a, np.array([10.0, 10, 30])), (0, 0, 0), 1.0)
    assert ways.end_nm[:, 2] == pytest.approx(30)


def placed(gaps: np.ndarray, scores: np.ndarray, more: tuple[float, ...] = (1.0, 2.0)) -> ChanceScores:
    return ChanceScores(gaps, scores, np.stack([scores + shift for shift in more], axis=1))


def test_p_values_by_hand() -> None:
    """Spread about the median by as much as a second wall adds, which is nothing in a wide gap."""
    scores = np.arange(-10.0, 11)
    chance = placed(np.full(len(scores), 60.0), scores)
    assert chance_p(7.5, 60.0, chance) == pytest.approx((1 + 3) / (1 + 21))
    assert chance_p(7.5, 0.0, chance) == pytest.approx((1 + 5) / (1 + 21))
    assert chance_p(1000.0, 60.0, chance) == pytest.approx(1 / 22)


def test_too_few_placements_say_nothing() -> None:
    few = placed(np.full(LEAST - 1, 10.0), np.arange(LEAST - 1.0))
    assert likelihood_of(0.0, 10.0, few) is None
    assert likelihood_of(0.0, 10.0, placed(np.full(LEAST, 10.0), np.arange(float(LEAST)))) is not None


def test_placements_with_another_gap_count_less() -> None:
    chance = placed(np.repeat([5.0, 20.0], 200), np.r_[np.linspace(10, 12, 200), np.linspace(0, 2, 200)])
    assert chance_p(5.0, 5.0, chance) == pytest.approx(1.0)
    assert chance_p(5.0, 20.0, chance) < 0.02


@given(st.lists(st.floats(-2, 22), min_size=1, max_size=900), st.integers(1, 9), st.floats(-3, 25))
def test_the_placements_most_alike_are_those_of_all_sorted(gaps: list[float], times: int, gap: float) -> None:
    """Of those that are as much alike the first ones, as where all are sorted for each gap."""
    many = np.repeat(np.round(gaps, 1), times)
    chance = placed(many, np.arange(float(len(many))))
    unlike = np.abs(np.log(np.maximum(many, 0.5) + 2) - np.log(max(gap, 0.5) + 2))
    expected = np.argsort(unlike, kind="stable")[:COMPARED]
    assert alike(gap, chance).scores.tolist() == expected.tolist()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("strength", [1.0, 3.0])
def test_the_expected_share_of_chance_is_the_true_one(share: float, strength: float) -> None:
    """Also where threads are no denser than chance varies, so that none is sure and the share is known badly."""
    rng = np.random.default_rng(5)
    quantiles = norm.ppf((np.arange(200) + 0.5) / 200)
    chance = placed(np.full(200, 60.0), quantiles, (0.5, 1.0, 2.0, 3.0))
    is_link = np.arange(300) < 300 * share
    scores = rng.normal(size=300) + strength * is_link
    likelihoods = [one for s in scores if (one := likelihood_of(s, 60.0, chance)) is not None]
    odds = LinkOdds(likelihoods)
    assert odds.linked.low - 0.1 <= share <= odds.linked.high + 0.1
    chances = np.array([odds.chance_of(one) for one in likelihoods])
    assert 1 - chances.mean() == pytest.approx(odds.linked.expected, abs=0.02)
    assert odds.linked.expected == pytest.approx(share, abs=0.3 if strength == 1 else 0.15)
    assert chances[scores.argmax()] < chances[scores.argmin()]


def test_without_candidates_nothing_is_known() -> None:
    """Hardly none, most likely three in five: no published tomogram is without links."""
    linked = LinkOdds([]).linked
    assert linked.expected == pytest.approx(0.54, abs=0.01)
    limits = linked.low, linked.middle, linked.high
    assert limits == pytest.approx((0.05, 0.57, 0.85), abs=0.06)
    assert linked.may_be_none


def test_false_shares_by_hand() -> None:
    """The mean of the chances of all that are at least as sure, equal ones together."""
    assert false_shares([0.4, 0.0, 0.2, 0.2]) == pytest.approx([0.2, 0.0, 0.4 / 3, 0.4 / 3])
    assert false_shares([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0, 1))
def test_a_share_of_the_candidates_is_listed_the_surest_ones(chances: list[float], share: float) -> None:
    """Rounded up, so that of few sure ones none is left out; and all that are as sure as the last one."""
    listed = [chance for chance in chances if chance <= usual_chance(chances, share)]
    wanted = math.ceil(share * len(chances))
    assert len(listed) >= wanted
    assert sorted(chances)[: len(listed)] == sorted(listed)
    assert len(set(listed)) <= wanted
    assert usual_chance([], share) < 0


@pytest.mark.parametrize("share", [0.4, 0.7])
def test_as_many_are_listed_as_there_are_links(share: float) -> None:
    """Where no single link is sure, all that are likelier links than not would be far more, or far fewer."""
    rng = np.random.default_rng(6)
    quantiles = norm.ppf((np.arange(200) + 0.5) / 200)
    chance = placed(np.full(200, 60.0), quantiles, (1.0,))
    scores = rng.normal(size=400) + (np.arange(400) < 400 * share)
    likelihoods = [one for s in scores if (one := likelihood_of(s, 60.0, chance)) is not None]
    odds = LinkOdds(likelihoods)
    chances = [odds.chance_of(one) for one in likelihoods]
    listed = np.count_nonzero(np.array(chances) <= usual_chance(chances, odds.linked.middle)) / 400
    likelier = np.count_nonzero(np.array(chances) <= 0.5) / 400
    assert abs(listed - share) < 0.06 < abs(likelier - share)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_surer_links_are_no_less_likely_true(chances: list[float]) -> None:
    shares = false_shares(chances)
    assert all(0 <= share <= 1 for share in shares)
    ordered = [share for _, share in sorted(zip(chances, shares, strict=True))]
    assert all(a <= b + 1e-12 for a, b in pairwise(ordered))


def test_the_walls_dip_is_where_and_as_deep_as_it_was_drawn() -> None:
    """Of a Gaussian of 2.5 nm, 2 nm inside the edge, with a bright fringe beyond."""
    space, vesicles = phantom(threads=False)
    dip = wall_dip(space, vesicles.spheres_px, VOXEL_NM)
    assert dip.depth == pytest.approx(1.8, abs=0.25)
    assert dip.width_nm == pytest.approx(2 * 2.5 * np.sqrt(np.log(2)), abs=1.0)
    assert 1.3 <= dip.thread_sd_nm < 2


def test_a_thread_on_a_way_makes_it_the_densest() -> None:
    ways = ways_between(
        np.zeros((40, 40, 60), np.float32),
        *facing_spheres(np.array([20.0, 20, 12, 8]), np.array([20.0, 20, 44, 10])),
        (0, 0, 0),
        1.0,
    )
    assert ways.score == 0
    faint, dense = ways.scores_with_thread(len(ways.values) // 2, (1.0, 2.0), 1.4)
    assert 0.5 < faint < 1
    assert dense == pytest.approx(2 * faint)


def test_a_protein_at_one_wall_is_no_thread() -> None:
    """As dense in the mean as a thread across, it scores less."""
    a, b = facing_spheres(np.array([20.0, 20, 12, 8]), np.array([20.0, 20, 44, 10]))
    blob, thread = np.zeros((40, 40, 60), np.float32), np.zeros((40, 40, 60), np.float32)
    blob[18:23, 18:23, 20:26] = 2
    thread[18:23, 18:23, 20:34] = 1
    scores = [ways_between(grey, a, b, (0, 0, 0), 1.0).score for grey in (blob, thread)]
    assert scores[0] < 0.3 < 0.8 < scores[1]

"""Links by Pyto's rules: its own results on a crop, every rule voxel by voxel, and what must never matter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.links import boundary_voxels, length
from cryoves_app.analysis.links.boundary_voxels import BoundaryVoxels
from cryoves_app.analysis.links.distance_map import squared_distances_px
from cryoves_app.analysis.links.field import LinkLabels, link_field
from cryoves_app.analysis.links.leaves import segment_level
from cryoves_app.analysis.links.pyto import (
    LinkKind,
    SegmentMeasures,
    SizeClass,
    class_of,
    pyto_links,
)
from cryoves_app.analysis.links.topology import topology_of
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import CancelToken, Progress
from tests.analysis.links.slow_links import SlowLink, slow_euler, slow_length, slow_links

REGION, ZONE, VESICLES = 1, 2, (10, 11, 12, 13)
KINDS = LinkLabels(REGION, VESICLES, ZONE)
THRESHOLDS = range(-3, 4)
Scene = tuple[NDArray[Any], NDArray[np.uint16]]


def random_scene(seed: int, shape: tuple[int, int, int] = (8, 12, 12)) -> Scene:
    """Noise between blobs, a slab as zone, an organelle of no meaning, and a region with gaps."""
    rng = np.random.default_rng(seed)
    grey = rng.integers(-4, 5, shape).astype(np.int16)
    labels = np.where(rng.random(shape) < 0.9, REGION, 0).astype(np.uint16)
    labels[:, :2] = ZONE
    labels[rng.random(shape) < 0.03] = 5
    for number in VESICLES:
        corner = [rng.integers(0, n - 2) for n in shape]
        labels[tuple(slice(c, c + rng.integers(2, 4)) for c in corner)] = number
    return grey, labels


def links_of(scene: Scene, kinds: LinkLabels = KINDS, thresholds: Any = THRESHOLDS) -> list[SegmentMeasures]:
    return pyto_links(link_field(*scene, kinds), thresholds, big_px=20)


def key(link: SegmentMeasures) -> SlowLink:
    voxels = frozenset((int(z), int(y), int(x)) for z, y, x in link.voxels)
    return SlowLink(link.ends, link.threshold, voxels)


@pytest.fixture
def case(shared_data: Path) -> Path:
    folder = shared_data / "pyto_reference"
    if not folder.is_dir():
        pytest.skip("the data are not here")
    return folder


def printed(case: Path) -> dict[SlowLink, tuple[str, list[float]]]:
    """Each segment of the tables with its voxels, and the numbers of its row."""
    volumes, found = np.load(case / "output" / "labels.npz"), {}
    for name in (f"{kind}s_{size}" for kind in LinkKind for size in SizeClass):
        volume = volumes[f"new_{name}"]
        text = (case / "output" / f"tomo_new_{name}.dat").read_text(encoding="ascii")
        for line in re.findall(r"^ *[1-9].*$", text, re.MULTILINE):
            number, *values = (float(v) for v in re.sub(r"[\[\]]", " ", line).split())
            where = np.argwhere(volume == number).tolist()
            ends = int(values[-2]), int(values[-1])
            voxels = frozenset((z, y, x) for z, y, x in where)
            found[SlowLink(ends, values[0], voxels)] = name, values
    return found


def test_all_segments_and_numbers_of_the_program_itself(case: Path) -> None:
    """Voxels, contacts and thresholds are the same; numbers agree to the printed digits."""
    grey, labels = (mrcfile.read(case / "input" / f"{name}.mrc") for name in ("tomo", "labels"))
    kinds = LinkLabels(REGION, tuple(range(10, 29)), ZONE)
    links = pyto_links(link_field(grey, labels, kinds), np.arange(-5000, 251, 250).tolist(), 249)
    expected = printed(case)
    assert len(expected) == 64
    assert {key(link) for link in links} == set(expected)
    for link in links:
        name, values = expected[key(link)]
        assert name == f"{link.kind}s_{link.size_class}"
        measured = link.topology
        assert values[5:7] == [link.volume, measured.surface]
        assert values[8:11] == [measured.euler, measured.loops, measured.holes]
        assert values[1:5] == pytest.approx(
            [link.grey_mean, link.grey_sd, link.grey_min, link.grey_max], abs=5.1e-4
        )
        lengths = [link.length, link.boundary_distance, link.zone_distance]
        assert values[11:14] == pytest.approx(lengths, abs=0.0501)


def test_each_level_is_the_programs(case: Path) -> None:
    """Also segments that are no leaves: the same voxels belong to them at each threshold."""
    grey, labels = (mrcfile.read(case / "input" / f"{name}.mrc") for name in ("tomo", "labels"))
    space = link_field(grey, labels, LinkLabels(REGION, tuple(range(10, 29)), ZONE))
    volumes = np.load(case / "output" / "labels.npz")
    for threshold in (-4000, -1000, 250):
        level = segment_level(space, threshold)
        mine = level.is_segment[level.components]
        theirs = volumes[f"thr-{threshold:.3f}"] > 0
        corner = space.corner_px
        box = tuple(slice(c, c + n) for c, n in zip(corner, space.shape, strict=True))
        assert np.array_equal(mine, theirs[box])
        assert theirs.sum() == mine.sum() > 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_rules_voxel_by_voxel(seed: int) -> None:
    grey, labels = random_scene(seed)
    links = links_of((grey, labels))
    slow = slow_links(grey, labels, REGION, (ZONE, *VESICLES), THRESHOLDS)
    assert len(links) == len(slow)
    assert {key(link) for link in links} == set(slow)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_measures_voxel_by_voxel(seed: int) -> None:
    grey, labels = random_scene(seed)
    to_zone = ndimage.distance_transform_edt(labels != ZONE)
    for link in links_of((grey, labels)):
        own = key(link)
        at = tuple(link.voxels.T)
        distances = ndimage.distance_transform_edt(labels != link.ends[0])
        assert link.topology.euler == slow_euler(own.voxels)
        assert link.topology.loops - link.topology.holes == 1 - link.topology.euler
        assert link.boundary_distance == distances[labels == link.ends[1]].min()
        assert link.zone_distance == pytest.approx(to_zone[at].mean())
        assert link.length == pytest.approx(slow_length(labels, own))
        assert (link.grey_mean, link.grey_sd) == pytest.approx((grey[at].mean(), grey[at].std()))
        assert (link.grey_min, link.grey_max) == (grey[at].min(), grey[at].max())
        assert link.grey_max <= link.threshold


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_leaves_share_no_voxel_and_contacts_only_grow(seed: int) -> None:
    scene = random_scene(seed)
    links = links_of(scene)
    voxels = [v for link in links for v in key(link).voxels]
    assert len(voxels) == len(set(voxels))
    space = link_field(*scene, KINDS)
    touched = np.zeros(len(space.sites.voxels), bool)
    for threshold in THRESHOLDS:
        now = segment_level(space, threshold).components.ravel()[space.sites.voxels] > 0
        assert (now | ~touched).all()
        touched = now


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(-50, 50))
def test_a_constant_on_grey_and_thresholds_changes_nothing(seed: int, constant: int) -> None:
    grey, labels = random_scene(seed)
    moved = links_of((grey + np.int16(constant), labels), thresholds=[t + constant for t in THRESHOLDS])
    plain = links_of((grey, labels))
    assert [key(link).voxels for link in moved] == [key(link).voxels for link in plain]
    assert [link.threshold - constant for link in moved] == [link.threshold for link in plain]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.permutations(VESICLES))
def test_other_numbers_of_vesicles_change_nothing_but_lengths(seed: int, order: list[int]) -> None:
    grey, labels = random_scene(seed)
    table = np.arange(20, dtype=np.uint16)
    table[list(VESICLES)] = order
    plain, permuted = links_of((grey, labels)), links_of((grey, table[labels]))
    assert [key(link).voxels for link in plain] == [key(link).voxels for link in permuted]
    for one, other in zip(plain, permuted, strict=True):
        assert {int(table[end]) for end in one.ends} == set(other.ends)
        assert one.boundary_distance == other.boundary_distance
        assert one.topology == other.topology


def test_other_labels_are_neither_region_nor_boundary() -> None:
    """Whatever number they have, and as if they were outside; a vesicle that is not asked for ends no link."""
    grey, labels = random_scene(3)
    plain = links_of((grey, labels))
    for number in (0, 3, 9, 60_000):
        other = np.where(labels == 5, number, labels).astype(np.uint16)
        assert list(map(key, links_of((grey, other)))) == list(map(key, plain))
    fewer = links_of((grey, labels), LinkLabels(REGION, VESICLES[:3], ZONE))
    without = np.where(labels == VESICLES[3], 0, labels).astype(np.uint16)
    assert list(map(key, links_of((grey, without)))) == list(map(key, fewer))


def line_scene() -> Scene:
    """Two vesicles joined by a dark line of five voxels; region above them, beyond their box."""
    labels = np.full((7, 5, 9), REGION, np.uint16)
    labels[3, 1:4, 0:2], labels[3, 1:4, 7:9] = 10, 11
    grey = np.full(labels.shape, 9, np.int16)
    grey[3, 2, 2:7] = -1
    return grey, labels


def test_a_voxel_as_bright_as_the_threshold_counts() -> None:
    (link,) = links_of(line_scene(), thresholds=[-1])
    assert link.volume == 5
    assert link.topology.surface == 5
    assert not links_of(line_scene(), thresholds=[-1.01])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.float32, np.float64])
def test_any_type_of_grey_values(dtype: type[np.generic]) -> None:
    grey, labels = line_scene()
    lifted = (grey + 2).astype(dtype)
    (link,) = links_of((lifted, labels), thresholds=[1])
    assert (link.volume, link.grey_mean, link.threshold) == (5, 1.0, 1.0)


def test_a_threshold_between_the_numbers_of_single_precision() -> None:
    """0.1 in single precision is a little more than in double precision, and counts as 0.1."""
    grey, labels = line_scene()
    tenths = np.where(grey < 0, 0.1, 1.0).astype(np.float32)
    (link,) = links_of((tenths, labels), thresholds=[0.1])
    assert link.volume == 5


def test_thresholds_in_any_order_and_more_than_once() -> None:
    scene = random_scene(5)
    descending = links_of(scene, thresholds=[*reversed(THRESHOLDS), 0, 0])
    assert list(map(key, descending)) == list(map(key, links_of(scene)))


def test_the_region_beyond_the_box_of_the_boundaries_does_not_count() -> None:
    """A way around through other slices would be there, but the boundaries are one voxel thick."""
    grey, labels = line_scene()
    grey[3, 2, 4] = 9
    grey[4, 2, 3:6] = -1
    assert links_of((grey, labels), thresholds=[0]) == []
    labels[4, 1, 0] = 10
    (link,) = links_of((grey, labels), thresholds=[0])
    assert link.volume == 7


def test_contact_is_by_faces() -> None:
    grey, labels = line_scene()
    labels[3, 2, 6] = 0
    grey[3, 3, 5] = grey[3, 3, 6] = 9
    labels[3, 1:4, 6] = (REGION, 0, REGION)
    assert links_of((grey, labels), thresholds=[0]) == []
    grey[3, 1, 5] = grey[3, 1, 6] = -1
    (link,) = links_of((grey, labels), thresholds=[0])
    assert link.volume == 6


def test_more_than_two_boundaries_are_no_link() -> None:
    grey, labels = line_scene()
    labels[3, 1, 4] = 12
    assert links_of((grey, labels), thresholds=[0]) == []


def test_without_an_active_zone() -> None:
    (link,) = links_of(line_scene(), LinkLabels(REGION, VESICLES, None), thresholds=[0])
    assert (link.kind, link.zone_distance) == (LinkKind.CONNECTOR, -1.0)
    (link,) = links_of(line_scene(), thresholds=[0])  # a number that no voxel has
    assert (link.ends, link.zone_distance) == ((10, 11), -1.0)


def test_a_zone_with_a_higher_number_than_the_vesicles() -> None:
    grey, labels = line_scene()
    labels[labels == 11] = 90
    (link,) = links_of((grey, labels), LinkLabels(REGION, VESICLES, 90), thresholds=[0])
    assert (link.kind, link.ends) == (LinkKind.TETHER, (10, 90))


@pytest.mark.parametrize("part", [1, 3])
def test_large_segments_are_looked_at_in_parts(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest voxels first, and no more than could be shorter."""
    scenes = [random_scene(seed) for seed in range(20)]
    whole = [link.length for scene in scenes for link in links_of(scene)]
    monkeypatch.setattr(length, "_PART", part)
    assert [link.length for scene in scenes for link in links_of(scene)] == whole
    assert sum(n is not None for n in whole) > 50


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.tuples(*[st.integers(1, 21)] * 3))
def test_a_map_of_distances_is_exact(seed: int, shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random(shape) < 0.05
    mask[tuple(rng.integers(0, n) for n in shape)] = True
    expected = np.square(ndimage.distance_transform_edt(~mask))
    assert squared_distances_px(mask) == pytest.approx(expected)


def test_distances_from_the_active_zone_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """From afar a sheet has very many voxels that are nearly as near: a search goes through them all."""
    space = link_field(*random_scene(3), KINDS)
    searched = []
    monkeypatch.setattr(boundary_voxels, "nearest_px", lambda tree, voxels: searched.append(voxels))
    assert space.zone is not None
    everywhere = np.argwhere(space.region)
    found = BoundaryVoxels(space).distances(space.zone, everywhere)
    expected = ndimage.distance_transform_edt(space.boundaries != space.zone)[tuple(everywhere.T)]
    assert found == pytest.approx(expected)
    assert not searched


def test_length_of_a_straight_line() -> None:
    """Five voxels between the boundaries: six steps to the far one, five to the contact before it."""
    (link,) = links_of(line_scene(), thresholds=[0])
    assert (link.length, link.boundary_distance) == (5.0, 6.0)


def test_length_where_boundaries_touch() -> None:
    labels = np.full((3, 3, 4), REGION, np.uint16)
    labels[:, :2, :2], labels[:, :2, 2:] = 10, 11
    grey = np.full(labels.shape, 9, np.int16)
    grey[1, 2, 1:3] = -1
    labels[0, 2, 0], labels[2, 2, 3] = 10, 11
    (link,) = links_of((grey, labels), thresholds=[0])
    assert (link.boundary_distance, link.length) == (1.0, slow_length(labels, key(link)))


def test_classes_by_volume() -> None:
    """The lower limits belong to a class, the upper ones don't."""
    sizes = [class_of(volume, 249) for volume in (1, 2, 3, 248, 249, 44_000)]
    assert sizes == ["small", "small", "good", "good", "big", "big"]


def test_topology_of_a_ring_and_of_a_shell() -> None:
    ring = np.ones((1, 3, 3), bool)
    ring[0, 1, 1] = False
    shell = np.ones((3, 3, 3), bool)
    shell[1, 1, 1] = False
    of_ring, of_shell = (topology_of(np.pad(body, 1)) for body in (ring, shell))
    assert (of_ring.surface, of_ring.euler, of_ring.holes, of_ring.loops) == (8, 0, 0, 1)
    assert (of_shell.surface, of_shell.euler, of_shell.holes, of_shell.loops) == (26, 2, 1, 0)


def test_the_end_of_the_field_is_no_surface() -> None:
    """But a cavity that is open there is none."""
    block = np.ones((3, 3, 3), bool)
    assert topology_of(block).surface == 0
    block[0, 1, 1] = block[1, 1, 1] = False
    assert (topology_of(block).surface, topology_of(block).holes) == (9, 0)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (LinkLabels(REGION, (40, 41), ZONE), "no vesicle"),
        (LinkLabels(7, VESICLES, ZONE), "region's number 7"),
        (LinkLabels(ZONE, VESICLES, ZONE), "numbers of their own"),
        (LinkLabels(REGION, VESICLES, 10), "numbers of their own"),
    ],
)
def test_labels_that_cannot_be_right(kinds: LinkLabels, words: str) -> None:
    with pytest.raises(CryoVesError, match=words):
        link_field(*random_scene(1), kinds)


def test_shapes_that_differ() -> None:
    grey, labels = random_scene(1)
    with pytest.raises(CryoVesError, match=r"\(7, 12, 12\).*\(8, 12, 12\)|\(8, 12, 12\).*\(7, 12, 12\)"):
        link_field(grey, labels[1:], KINDS)


def test_one_vesicle_alone_has_no_links() -> None:
    grey, labels = line_scene()
    labels[labels == 11] = 0
    assert links_of((grey, labels), thresholds=[0, 9]) == []


def test_cancelling_between_levels() -> None:
    token = CancelToken()
    told: list[str] = []

    def listener(step: str, fraction: float, message: str) -> None:
        told.append(message)
        if message == "threshold 0":
            token.cancel()

    with pytest.raises(Cancelled):
        pyto_links(link_field(*random_scene(2), KINDS), THRESHOLDS, 20, Progress(listener, token))
    assert told[-1] == "threshold 0"

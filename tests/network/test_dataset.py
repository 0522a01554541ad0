import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.augment import Augmentation
from cryoves_app.network.dataset import (
    PAPER_SHARE,
    UNKNOWN_TARGET,
    PatchRule,
    PatchSettings,
    PatchSource,
    Scan,
    target_from_labels,
    target_from_spheres,
)
from tests.network.training_phantom import scan


@pytest.fixture(scope="module")
def phantom_scan() -> Scan:
    return scan(3)


def _arrays(source: PatchSource, epoch: int) -> NDArray[np.float32]:
    return np.concatenate([np.concatenate([grey, target], axis=-1) for grey, target in source.epoch(epoch)])


def test_targets_of_spheres_and_of_their_labels_agree() -> None:
    shape = (30, 40, 36)
    spheres = np.array([[15, 12, 12, 8], [14, 28.5, 20, 7.5], [2, 5, 30, 6]])
    grid = np.indices(shape)
    labels = np.zeros(shape, np.uint16)
    for number, (*centre, radius) in enumerate(spheres, 1):
        labels[sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True)) <= radius**2] = number
    for inset, most in ((0.0, 0.0), (1.0, 0.15), (2.0, 0.2)):
        exact, eroded = target_from_spheres(spheres, shape, inset), target_from_labels(labels, inset)
        assert np.count_nonzero(exact != eroded) <= most * np.count_nonzero(exact)


def test_touching_vesicles_are_apart_in_the_target() -> None:
    labels = np.zeros((9, 9, 18), np.uint16)
    labels[:, :, :9], labels[:, :, 9:] = 1, 2
    target = target_from_labels(labels, 1.0)
    assert not target[:, :, 8:10].any()
    assert target[4, 4, 4] == target[4, 4, 13] == 1


def test_the_same_epoch_gives_the_same_patches_and_another_other_ones(phantom_scan: Scan) -> None:
    def source() -> PatchSource:
        return PatchSource([phantom_scan], PatchSettings(16, 6, 4), 7, Augmentation())

    first = _arrays(source(), 2)
    assert first.shape == (6, 16, 16, 16, 2)
    assert np.array_equal(first, _arrays(source(), 2))
    assert not np.array_equal(first, _arrays(source(), 3))


def test_patches_of_the_papers_rule_are_fixed_and_full_enough(phantom_scan: Scan) -> None:
    source = PatchSource([phantom_scan], PatchSettings(16, 9, 4, PatchRule.PAPER), 7)
    first, second = _arrays(source, 1), _arrays(source, 2)
    assert first[..., 1].mean(axis=(1, 2, 3)).min() > PAPER_SHARE
    assert sorted(p.sum() for p in first) == pytest.approx(sorted(p.sum() for p in second))


def test_patches_come_out_of_the_tomogram_unchanged_without_augmentation(phantom_scan: Scan) -> None:
    grey, target = next(iter(PatchSource([phantom_scan], PatchSettings(16, 4, 4), 1).epoch(1)))
    windows = np.lib.stride_tricks.sliding_window_view(phantom_scan.volume, (16, 16, 16))
    for patch, inside in zip(grey[..., 0], target[..., 0], strict=True):
        corner = np.argwhere(np.all(windows[..., 0, 0, :] == patch[0, 0], axis=-1))
        assert len(corner) == 1
        box = tuple(slice(c, c + 16) for c in corner[0])
        assert np.array_equal(phantom_scan.volume[box], patch)
        assert np.array_equal(phantom_scan.target[box], inside)


def test_augmented_grey_and_target_stay_together(phantom_scan: Scan) -> None:
    """Vesicle edges are dark before and after; a target turned another way than the grey would lose that."""
    wild = Augmentation(grey_scale=0, grey_offset=0, noise=0)
    patches = _arrays(PatchSource([phantom_scan], PatchSettings(24, 20, 4), 1, wild), 1)
    grey, target = patches[..., 0], patches[..., 1] > 0.5
    rim = np.zeros_like(target)
    for axis in (1, 2, 3):
        rim |= np.roll(target, 1, axis) != target
    assert grey[rim].mean() < grey[~rim].mean() - 0.5


@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_patches_may_be_flatter_than_wide(phantom_scan: Scan, augmentation: Augmentation | None) -> None:
    thin = Scan("thin", phantom_scan.volume[:10], phantom_scan.target[:10])
    source = PatchSource([thin], PatchSettings(24, 6, 4, depth_px=8), 1, augmentation)
    assert _arrays(source, 1).shape == (6, 8, 24, 24, 2)


def test_noise_and_grey_scale_change_the_grey_alone(phantom_scan: Scan) -> None:
    plain = PatchSource([phantom_scan], PatchSettings(16, 4, 4), 1)
    loud = PatchSource([phantom_scan], PatchSettings(16, 4, 4), 1, Augmentation(False, 0, 0, 0.3, 0.3, 0.5))
    a, b = _arrays(plain, 1), _arrays(loud, 1)
    assert np.array_equal(a[0, ..., 1], b[0, ..., 1])
    assert np.corrcoef(a[0, ..., 0].ravel(), b[0, ..., 0].ravel())[0, 1] > 0.7
    assert not np.allclose(a[0, ..., 0], b[0, ..., 0])


def test_labels_of_another_shape_are_told(phantom_scan: Scan) -> None:
    with pytest.raises(CryoVesError, match=r"40 × 40 × 39.*40 × 40 × 40"):
        Scan("a.mrc", phantom_scan.volume, phantom_scan.target[:, :, :39])


@pytest.mark.parametrize(
    ("make", "settings", "sentence"),
    [
        (lambda s: [], PatchSettings(16, 4, 4), "empty"),
        (lambda s: [Scan("b", s.volume, np.zeros_like(s.target))], PatchSettings(16, 4, 4), "background"),
        (lambda s: [s], PatchSettings(64, 4, 4), "smaller than a patch"),
        (
            lambda s: [
                Scan("c", s.volume, target_from_spheres(np.array([[20, 20, 20, 2]]), s.volume.shape, 0))
            ],
            PatchSettings(32, 4, 4, PatchRule.PAPER),
            "too rare",
        ),
    ],
)
def test_a_dataset_that_teaches_nothing_is_told(phantom_scan: Scan, make, settings, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CryoVesError, match=sentence):
        PatchSource(make(phantom_scan), settings, 1)


def test_what_is_not_known_stays_so_and_never_becomes_vesicle(phantom_scan: Scan) -> None:
    """Grey values are the positions along x: the first half is vesicle, or background; the rest is not known."""
    shape = (40, 40, 40)
    along = np.broadcast_to(np.arange(40, dtype=np.float32), shape)
    for value in (0, 1):
        target = np.where(along < 20, np.uint8(value), np.uint8(UNKNOWN_TARGET))
        scans = [Scan("half", along, target), phantom_scan]
        still = Augmentation(grey_scale=0, grey_offset=0, noise=0)
        patches = _arrays(PatchSource(scans, PatchSettings(16, 120, 4), 3, still), 1)
        half = [p for p in patches if p[..., 0].max() > 8]  # the phantom's grey values are small
        assert len(half) > 5
        for patch in half:
            grey, found = patch[..., 0], patch[..., 1]
            assert set(np.unique(found[grey < 18])) <= {value}
            assert set(np.unique(found[grey > 21])) <= {UNKNOWN_TARGET}
            assert set(np.unique(found)) <= {value, UNKNOWN_TARGET}


def test_patches_are_cut_where_something_is_known(phantom_scan: Scan) -> None:
    target = np.full(phantom_scan.target.shape, UNKNOWN_TARGET, np.uint8)
    target[18:22, 18:22, 18:22] = 0
    target[20, 20, 20] = 1
    source = PatchSource([Scan("a", phantom_scan.volume, target)], PatchSettings(16, 40, 4), 3)
    assert all((p[..., 1] != UNKNOWN_TARGET).any() for p in _arrays(source, 1))

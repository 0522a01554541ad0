import numpy as np

from cryoves_app.network.dataset import PatchSettings, Scan
from cryoves_app.network.focused import Focus, FocusedSource, Mixture

EDGE = 16


def marked_scan(number: int, shape: tuple[int, int, int] = (40, 48, 44)) -> Scan:
    """A scan whose every voxel says of which scan it is, and where."""
    z, y, x = np.indices(shape, dtype=np.float32)
    target = np.zeros(shape, np.uint8)
    target[:12, :12, :12] = 1
    return Scan(str(number), 1e6 * number + 1e4 * z + 100 * y + x, target)


def corners(source: FocusedSource) -> list[tuple[int, np.ndarray]]:
    """Of the patches of an epoch: the scan's number and the first voxel."""
    found = []
    for grey, _target in source.epoch(1):
        for value in grey[:, 0, 0, 0, 0].astype(int).tolist():
            found.append((value // 10**6, np.array([value // 10**4 % 100, value // 100 % 100, value % 100])))
    return found


def source_of(mixture: Mixture, places: list[list[float]], seed: int = 1) -> FocusedSource:
    settings = PatchSettings(EDGE, per_epoch=300, batch=10)
    focus = Focus(marked_scan(1), np.array(places, float).reshape(-1, 3))
    return FocusedSource([focus], [marked_scan(2), marked_scan(3)], settings, seed, mixture=mixture)


def test_a_share_of_the_patches_holds_a_corrected_place() -> None:
    place = np.array([30.4, 36.6, 32.0])
    found = corners(source_of(Mixture(1.0, 0.0), [place.tolist()]))
    assert {scan for scan, _ in found} == {1}
    for _, corner in found:
        assert np.all(corner <= place)
        assert np.all(place <= corner + EDGE)


def test_the_others_come_from_the_same_tomogram_and_from_simulated_ones() -> None:
    found = corners(source_of(Mixture(0.4, 0.2), [[30.0, 36.0, 32.0]]))
    own = sum(scan == 1 for scan, _ in found) / len(found)
    assert 0.52 < own < 0.68
    assert {scan for scan, _ in found} == {1, 2, 3}


def test_without_a_place_all_patches_are_others() -> None:
    found = corners(source_of(Mixture(0.4, 0.2), []))
    assert {scan for scan, _ in found} == {1, 2, 3}


def test_the_same_seed_gives_the_same_patches() -> None:
    first, again, other = (corners(source_of(Mixture(), [[30.0, 36.0, 32.0]], seed)) for seed in (1, 1, 2))
    assert str(first) == str(again)
    assert str(first) != str(other)


def test_a_tomogram_thinner_than_a_patch_is_left_out_with_its_places() -> None:
    thin = Focus(marked_scan(9, (8, 48, 44)), np.array([[4.0, 20.0, 20.0]]))
    wide = Focus(marked_scan(1), np.array([[30.0, 36.0, 32.0]]))
    source = FocusedSource([thin, wide], [], PatchSettings(EDGE, 60, 10), 1, mixture=Mixture(1.0, 0.0))
    assert {scan for scan, _ in corners(source)} == {1}

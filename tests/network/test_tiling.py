from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.network.engines.base import NO_MARGINS, EngineOutOfMemory, Footprint, Margins
from cryoves_app.network.engines.openvino import OpenVinoEngine
from cryoves_app.network.tiles import cut_axis, plan_tiles
from cryoves_app.network.tiling import _Padded, predict_volume
from cryoves_app.network.weights import Weights
from tests.network.reference_unet import probability


def _small(engine: OpenVinoEngine) -> float:
    """Enough for tiles of little more than their context, and no more."""
    edge = 40 + 2 * engine.architecture.context_px
    return float(engine.footprint.bytes_for((24, edge, edge), NO_MARGINS))


class _Counting(OpenVinoEngine):
    """Counts tiles, and refuses those above a size."""

    largest = 10**9
    tiles = 0

    def logits(
        self,
        tile: NDArray[np.float32],
        margins: Margins = NO_MARGINS,
        check: Callable[[], None] = lambda: None,
    ) -> NDArray[np.float32]:
        if tile.size > self.largest:
            raise EngineOutOfMemory
        self.tiles += 1
        return super().logits(tile, margins, check)


@pytest.fixture
def engine(any_weights: Weights) -> _Counting:
    return _Counting(any_weights)


@pytest.fixture
def volume(engine: _Counting, phantom: NDArray[np.float32]) -> NDArray[np.float32]:
    """Too large for one tile, with edges that are no multiples."""
    times = engine.architecture.fold
    return np.tile(phantom, (1, times, times))[: 70 // times, : 90 * times + 1, : 87 * times]


def _predicted(engine: OpenVinoEngine, volume: NDArray[np.float32], **options: object) -> NDArray[np.float32]:
    out = np.full(volume.shape, np.nan, np.float32)
    predict_volume(engine, volume, out, **options)  # type: ignore[arg-type]
    return out


@pytest.mark.parametrize(("mode", "padding"), [("zero", 0), ("mirror", 8), ("mirror", 3), ("zero", 6)])
def test_tiled_is_untiled(engine: _Counting, volume: NDArray[np.float32], mode: str, padding: int) -> None:
    multiple = engine.architecture.multiple
    width = [(padding, padding + -(n + 2 * padding) % multiple) for n in volume.shape]
    padded = np.pad(volume, width, mode="symmetric" if mode == "mirror" else "constant")
    inside = tuple(slice(padding, padding + n) for n in volume.shape)
    once = engine.predict(padded)[inside]
    engine.tiles = 0
    found = _predicted(
        engine, volume, face_mode=mode, face_padding_px=padding, memory_budget_bytes=_small(engine)
    )
    assert engine.tiles >= 4
    assert np.abs(found - once).max() <= 1e-5
    assert found.std() > 0.02


def test_too_little_context_shows(engine: _Counting, volume: NDArray[np.float32]) -> None:
    """The test above can fail: 8 voxels of context are not enough."""
    once = engine.predict(volume)
    found = _predicted(engine, volume, context_px=8, memory_budget_bytes=_small(engine))
    assert np.abs(found - once).max() > 1e-4


def test_a_small_volume_is_one_tile_and_agrees_with_the_reference(
    engine: _Counting,
) -> None:
    volume = np.random.default_rng(0).normal(size=(8, 16, 24)).astype(np.float32)
    assert np.abs(_predicted(engine, volume) - probability(engine.weights, volume)).max() <= 1e-5
    assert engine.tiles == 1


def test_a_volume_thinner_than_its_padding(engine: _Counting) -> None:
    volume = np.random.default_rng(0).normal(size=(3, 9, 5)).astype(np.float32)
    padded = np.pad(
        volume, [(8, 8 + -(n + 16) % engine.architecture.multiple) for n in volume.shape], mode="symmetric"
    )
    once = engine.predict(padded)[8:11, 8:17, 8:13]
    assert np.abs(_predicted(engine, volume, face_mode="mirror", face_padding_px=8) - once).max() <= 1e-5


def test_tiles_shrink_when_memory_runs_out(engine: _Counting, volume: NDArray[np.float32]) -> None:
    volume = np.tile(volume, (1, 2, 1))
    once = engine.predict(volume)
    engine.largest = volume.size // 2
    assert np.abs(_predicted(engine, volume) - once).max() <= 1e-5


def test_too_little_memory_for_anything_is_told(engine: _Counting, volume: NDArray[np.float32]) -> None:
    with pytest.raises(CryoVesError, match="not enough memory"):
        _predicted(engine, volume, memory_budget_bytes=1e4)


def test_outside_the_mask_nothing_is_computed(engine: _Counting, volume: NDArray[np.float32]) -> None:
    once = _predicted(engine, volume, memory_budget_bytes=_small(engine))
    all_tiles, engine.tiles = engine.tiles, 0
    mask = np.zeros(volume.shape, np.uint8)
    mask[10:40, 20:45, 13:41] = 1
    found = _predicted(engine, volume, mask=mask, memory_budget_bytes=_small(engine))
    assert np.abs(found - once * mask).max() <= 1e-5
    assert engine.tiles < all_tiles
    assert np.all(_predicted(engine, volume, mask=np.zeros_like(mask)) == 0)


def test_flips_average_the_logits(engine: _Counting, phantom: NDArray[np.float32]) -> None:
    volume = phantom[:40, :48, :56]
    mirrored = [np.flip(engine.logits(np.flip(volume, axes)), axes) for axes in ((), (1,), (2,), (1, 2))]
    expected = expit(np.mean(mirrored, axis=0))
    found = _predicted(engine, volume, flips=True)
    assert np.abs(found - expected).max() <= 1e-5
    assert np.abs(found - engine.predict(volume)).max() > 1e-3


def test_flipped_tiles_are_exact_too(engine: _Counting, volume: NDArray[np.float32]) -> None:
    once = _predicted(engine, volume, flips=True)
    assert (
        np.abs(_predicted(engine, volume, flips=True, memory_budget_bytes=_small(engine)) - once).max()
        <= 1e-5
    )


def test_progress_rises_to_one_and_cancel_stops(engine: _Counting, volume: NDArray[np.float32]) -> None:
    seen: list[float] = []
    _predicted(
        engine,
        volume,
        memory_budget_bytes=_small(engine),
        progress=Progress(lambda step, share, text: seen.append(share)),
    )
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        _predicted(engine, volume, progress=Progress(token=token))


@settings(max_examples=200, deadline=None)
@given(
    length=st.integers(1, 90),
    first=st.integers(0, 89),
    width=st.integers(1, 90),
    pieces=st.integers(1, 9),
    context=st.sampled_from([8, 16, 24, 32]),
)
def test_pieces_cover_their_part_once_with_context(
    length: int, first: int, width: int, pieces: int, context: int
) -> None:
    length, start = 4 * length, 4 * min(first, length - 1)
    core = slice(start, min(start + 4 * width, length))
    position = core.start
    for piece in cut_axis(length, core, pieces, context, 4):
        assert piece.start % 4 == piece.stop % 4 == 0
        assert 0 <= piece.start < piece.stop <= length
        assert piece.start + piece.low == position
        assert piece.low >= min(context, position)
        position = piece.stop - piece.high
        assert piece.high >= min(context, length - position)
    assert position == core.stop


def test_tiles_fit_the_memory_and_an_axis_that_fits_is_whole() -> None:
    footprint = Footprint(90, 115)
    shape = (216, 416, 416)
    core = (slice(0, 216), slice(0, 416), slice(0, 416))
    tiles = plan_tiles(shape, core, 24, 4, footprint, 900e6)
    assert max(footprint.bytes_for(t.shape, t.margins) for t in tiles) <= 900e6
    assert {t.shape[0] for t in tiles} == {216}
    assert len(tiles) < 20


@given(
    length=st.integers(1, 9),
    padding=st.integers(0, 12),
    is_mirror=st.booleans(),
    corner=st.tuples(*[st.integers(0, 30)] * 3),
    size=st.tuples(*[st.integers(1, 33)] * 3),
)
def test_a_padded_box_is_a_part_of_the_padded_volume(
    length: int, padding: int, is_mirror: bool, corner: tuple[int, int, int], size: tuple[int, int, int]
) -> None:
    values = np.random.default_rng(0).random((length, length + 1, 6)).astype(np.float32)
    padded = _Padded(values, padding, is_mirror, 1)
    whole = np.pad(values, padding, mode="symmetric") if is_mirror else np.pad(values, padding)
    box = tuple(slice(c % n, min(c % n + s, n)) for c, s, n in zip(corner, size, whole.shape, strict=True))
    assume(all(b.stop > padding and b.start < n - padding for b, n in zip(box, whole.shape, strict=True)))
    np.testing.assert_array_equal(padded.read(box), whole[box])

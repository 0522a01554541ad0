"""What a run will need."""

from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import Recipe
from cryoves_app.workflow.segment.estimate import duration, estimate, refuse_shortage

SHAPE = (261, 1024, 1024)


def test_the_bounds_of_a_full_tomogram_are_kept() -> None:
    need = estimate(SHAPE, 1.469, Recipe())
    whole_as_float = 4 * 261 * 1024 * 1024
    assert need.memory_bytes < 1.3e9 + 1.5 * whole_as_float
    assert 60 < need.seconds < 300
    assert need.disk_bytes == pytest.approx(2 * 4 * 174 * 684 * 684 + whole_as_float / 2, rel=0.02)


def test_memory_does_not_grow_with_the_depth() -> None:
    small, large = (estimate(shape, 1.469, Recipe()).memory_bytes for shape in (SHAPE, (4000, 1024, 1024)))
    assert large == small
    assert estimate((1000, 4096, 4096), 1.469, Recipe()).memory_bytes < 4e9


def test_more_to_compute_takes_longer() -> None:
    usual = estimate(SHAPE, 1.469, Recipe())
    assert estimate(SHAPE, 1.469, Recipe(), threads=8).seconds < usual.seconds
    assert estimate(SHAPE, 1.469, Recipe(), engine="tensorflow").memory_bytes > usual.memory_bytes
    assert estimate(SHAPE, 1.469, Recipe().with_value("network", "flips", True)).seconds > 2 * usual.seconds
    assert (
        estimate(SHAPE, 1.469, Recipe().with_value("input", "expected_radius_nm", 40)).seconds < usual.seconds
    )
    cheap = estimate(SHAPE, 1.469, Recipe(), relative_work=0.16)
    assert cheap.seconds < usual.seconds / 2
    assert cheap.memory_bytes < usual.memory_bytes


def test_the_sentence() -> None:
    text = estimate((96, 256, 256), 2.2, Recipe()).sentence()
    assert text.startswith("Needs about 1.")
    assert text.endswith("seconds.")


@pytest.mark.parametrize(
    ("seconds", "words"), [(3, "5 seconds"), (47, "45 seconds"), (130, "2 minutes"), (9000, "2.5 hours")]
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_full_disk_is_told_before_it_kills_the_run(tmp_path: Path) -> None:
    need = estimate((96, 256, 256), 2.2, Recipe())
    assert "GB of memory are free" in refuse_shortage(replace(need, memory_bytes=1e18), tmp_path)
    assert refuse_shortage(replace(need, memory_bytes=1.0, disk_bytes=1.0), tmp_path) == ""
    with pytest.raises(CryoVesError, match=r"[GT]B free, but this needs 1000000 TB"):
        refuse_shortage(replace(need, disk_bytes=1e18), tmp_path)

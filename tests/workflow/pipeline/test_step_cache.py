"""Results of steps on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.segmentation.candidates import Proposal
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.recipe_settings import InstanceSettings
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.workflow.pipeline.step_cache import StepCache, key_of
from tests.small_disk import small_disk

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def typed(value: object) -> object:
    """The same value, in which False is not 0 as it is for Python."""
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    if isinstance(value, dict):
        return {name: typed(inner) for name, inner in value.items()}
    return type(value), value


@given(PLAIN, PLAIN)
@example([False, None], [0, None])
def test_keys_differ_where_what_they_stand_for_differs(a: object, b: object) -> None:
    assert (key_of(a) == key_of(b)) == (typed(a) == typed(b))


def test_any_changed_parameter_changes_the_key() -> None:
    settings = InstanceSettings()
    assert key_of(settings) == key_of(InstanceSettings())
    assert key_of(settings) != key_of(replace(settings, threshold_low=0.81))


def test_a_finished_array_is_there_and_an_unfinished_one_is_not(tmp_path: Path) -> None:
    cache = StepCache(tmp_path / "new" / "folder")
    good, bad = cache.array("good"), cache.array("bad")
    with cache.writing(good, (2, 3, 4)) as out:
        assert not good.exists()
        out[:] = 7
    with pytest.raises(ZeroDivisionError), cache.writing(bad, (2, 3, 4)) as out:
        out[:] = 1 // 0
    assert [p.name for p in good.parent.iterdir()] == ["good.npy"]
    loaded = np.load(good)
    assert loaded.dtype == np.float32
    assert (loaded == 7).all()


def test_values_are_read_back_as_their_type(tmp_path: Path) -> None:
    cache = StepCache(tmp_path)
    assert cache.read("none", Note) is None
    cache.write("some", Note(NoteKind.FACES, "µ"))
    assert StepCache(tmp_path).read("some", Note) == Note(NoteKind.FACES, "µ")
    assert StepCache(tmp_path).read("some", int) is None
    steps = (StepReport("split", 3, 4),)
    proposal = Proposal(
        (Candidate((1.0, 2.0, 3.0), 20.0, 5.0, 2, 1.5),), steps, (Note(NoteKind.THRESHOLD, "x"),)
    )
    cache.write("proposal", proposal)
    assert cache.read("proposal", Proposal) == proposal
    (tmp_path / "some.json").write_text("{")
    assert cache.read("some", Note) is None


def test_a_full_disk_is_told_before_anything_is_written_through_the_map(tmp_path: Path) -> None:
    with small_disk(tmp_path / "full", megabytes=2) as full:
        cache = StepCache(full)
        with (
            pytest.raises(CryoVesError, match=r"a\.npy could not be written: the disk is full\."),
            cache.writing(cache.array("a"), (10, 300, 300)),
        ):
            pytest.fail("there is no room for it")
        assert list(full.iterdir()) == []


def test_what_is_written_has_its_room_on_the_disk(tmp_path: Path) -> None:
    cache = StepCache(tmp_path)
    with cache.writing(cache.array("a"), (10, 30, 300)) as out:
        (being_written,) = tmp_path.rglob("*.npy")
        assert being_written.stat().st_blocks * 512 >= 4 * 10 * 30 * 300
        assert not out.any()
        out[3, 4, 5] = 7
    assert np.load(cache.array("a"))[3, 4, 5] == 7

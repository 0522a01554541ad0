from __future__ import annotations

import os
from pathlib import Path

import pytest

from cryoves_app.storage import merging
from cryoves_app.storage.publishing import finish, finish_interrupted, remove_or_finish
from cryoves_app.storage.temporary import JOURNAL, temporary_folders
from tests.storage.processes import kill, killed_in, left_alone

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are killed as POSIX does")

OLD = {"a.csv": "old", "run.json": "old", "3d/b.mrc": "old", "3d/mine.txt": "mine", "gone.mrc": "old"}
NEW = {"a.csv": "new", "run.json": "new", "3d/b.mrc": "new", "3d/mine.txt": "mine", "c.csv": "new"}
FOLDER = (
    "complete_folder(path, force=True, announce=lambda made: None, mark='run.json', obsolete=['gone.mrc'])"
)
FILES = "complete_files(path, force=True, mark='run.json')"
WRITE = (
    "(new / '3d').mkdir(); [(new / n).write_text('new') for n in ('a.csv', 'run.json', '3d/b.mrc', 'c.csv')]"
)
#: In the order of the renames: of the note, of mark and obsolete file, of each old file away and each new one in.
RENAMES = 1 + 2 + 2 + 2 + 1 + 1


def _state(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    for name, text in OLD.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_text(text)
    return tmp_path / "out"


@pytest.mark.parametrize("rename", range(1, RENAMES + 1))
def test_what_a_kill_interrupts_is_finished_by_the_next_process(target: Path, rename: int) -> None:
    killed_in(FOLDER, WRITE, path=target, renames=rename)
    finish_interrupted(target.parent)
    assert _state(target) == (OLD if rename == 1 else NEW)
    assert [p.name for p in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("manager", [FOLDER, FILES])
def test_a_kill_when_all_have_taken_their_places_takes_nothing_away(target: Path, manager: str) -> None:
    """The mark that stands there is the new one: it was moved away, and its folder counted as unfinished."""
    body = (
        f"{WRITE}; from cryoves_app.storage import publishing; "
        "publishing.remove_file = lambda path: os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed_in(manager, body, path=target, renames=1 << 30)
    parent = target.parent if manager == FOLDER else target
    assert len(temporary_folders(parent)) == 1
    finish_interrupted(parent)
    assert _state(target) == (NEW if manager == FOLDER else {**NEW, "gone.mrc": "old"})
    assert temporary_folders(parent) == []


@pytest.mark.parametrize("rename", [1, 2, 5, 8])
def test_so_are_files_that_come_into_a_folder(target: Path, rename: int) -> None:
    killed_in(FILES, WRITE, path=target, renames=rename)
    finish_interrupted(target)
    assert _state(target) == (OLD if rename == 1 else {**NEW, "gone.mrc": "old"})


def _interrupted(target: Path) -> Path:
    """When the mark and the obsolete file are away, and no new file has come."""
    killed_in(FOLDER, WRITE, path=target, renames=4)
    (folder,) = temporary_folders(target.parent)
    return folder


def test_where_somebody_was_at_work_since_nothing_is_replaced(target: Path) -> None:
    _interrupted(target)
    (target / "a.csv").write_text("by hand")
    finish_interrupted(target.parent)
    assert _state(target) == {"a.csv": "by hand", "3d/b.mrc": "old", "3d/mine.txt": "mine"}
    assert temporary_folders(target.parent) == []


def test_what_the_system_refuses_is_tried_again(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _interrupted(target)

    def refuse(file: Path, place: Path) -> None:
        raise PermissionError("opened by another program")

    with monkeypatch.context() as patched:
        patched.setattr(merging, "_move", refuse)
        finish_interrupted(target.parent)
    assert folder.is_dir()
    finish_interrupted(target.parent)
    assert _state(target) == NEW


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"new": 5}', "\xff"])
def test_a_note_that_is_none_harms_nobody(target: Path, text: str) -> None:
    folder = _interrupted(target)
    before = _state(target)
    (folder / JOURNAL).write_bytes(text.encode("latin-1"))
    finish_interrupted(target.parent)
    assert _state(target) == before


def test_the_place_is_in_or_beside_the_temporary_folder_whatever_the_note_says(target: Path) -> None:
    folder = _interrupted(target)
    note = (folder / JOURNAL).read_text()
    (folder / JOURNAL).write_text(note.replace('"new": "out"', '"new": "../../out"'))
    finish_interrupted(target.parent)
    assert _state(target) == NEW


def test_a_process_that_lives_finishes_by_itself(target: Path) -> None:
    process = left_alone(FOLDER, WRITE, path=target)
    (folder,) = temporary_folders(target.parent)
    (folder / JOURNAL).write_text('{"new": "out", "inside": false, "mark": "", "obsolete": [], "places": {}}')
    for look in (finish, remove_or_finish):
        look(folder)
    assert _state(target) == OLD
    assert folder.is_dir()
    kill(process)


def test_whoever_clears_up_after_its_worker_finishes_as_well(target: Path) -> None:
    remove_or_finish(_interrupted(target))
    assert _state(target) == NEW
    assert temporary_folders(target.parent) == []

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage import temporary
from cryoves_app.storage.removal import is_temporary, remove_temporary
from cryoves_app.storage.replacing import replacing
from cryoves_app.storage.temporary import (
    FORGOTTEN_S,
    JOURNAL,
    LATELY_S,
    MOVED_ASIDE,
    Owner,
    TemporaryFolder,
    clear_interrupted,
    clear_leftovers,
    local_folder,
    owner_of,
    temporary_folders,
)
from tests.storage.processes import kill, left_alone

posix = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")


def test_closing_twice_touches_nobody_elses_file(tmp_path: Path) -> None:
    folder = TemporaryFolder(tmp_path)
    folder.close()
    with (tmp_path / "other").open("w") as other:  # it may have got the lock's descriptor
        folder.close()
        other.write("kept")
    assert (tmp_path / "other").read_text() == "kept"


def test_an_interrupt_while_a_folder_is_made_or_removed_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(temporary, "take_lock", interrupt)
        with pytest.raises(KeyboardInterrupt):
            TemporaryFolder(tmp_path)
    removed = TemporaryFolder(tmp_path)
    (removed.path / "half").touch()
    (removed.path / MOVED_ASIDE).mkdir()
    (removed.path / MOVED_ASIDE / "the old one").touch()
    with monkeypatch.context() as interrupted:
        interrupted.setattr(temporary, "remove_temporary", interrupt)
        with pytest.raises(KeyboardInterrupt):
            removed.close()
    (tmp_path / "theirs").touch()
    assert len(temporary_folders(tmp_path)) == 2
    clear_interrupted()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["the old one", "theirs"]


def test_where_a_thread_still_writes_the_lock_stays_for_those_who_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = TemporaryFolder(tmp_path)
    (folder.path / "new").mkdir()
    with monkeypatch.context() as writing:
        writing.setattr(shutil, "rmtree", lambda path, **_: (Path(path) / "late").touch())
        folder.close()
    assert owner_of(folder.path) is Owner.GONE
    clear_interrupted()
    assert list(tmp_path.iterdir()) == []


def test_what_an_interrupt_stopped_from_taking_its_place_stays_for_the_next_run(tmp_path: Path) -> None:
    folder = TemporaryFolder(tmp_path)
    (folder.path / JOURNAL).touch()
    clear_interrupted()
    assert temporary_folders(tmp_path) == [folder.path]
    folder.close()


def _foreign(folder: Path, age_s: float) -> Path:
    """A folder like one that another computer made, untouched for so long."""
    with TemporaryFolder(folder) as made:
        name = made.path.name
    other = folder / name.replace(name.split("-")[2], "0" * 8)
    other.mkdir()
    (other / ".cryoves-owner").touch()
    for path in (other / ".cryoves-owner", other):
        os.utime(path, (time.time() - age_s,) * 2)
    return other


def test_a_folder_goes_with_its_block(tmp_path: Path) -> None:
    with TemporaryFolder(tmp_path) as folder:
        (folder.path / "a").touch()
        assert temporary_folders(tmp_path) == [folder.path]
        assert owner_of(folder.path) is Owner.ALIVE
        clear_leftovers(tmp_path)
        assert (folder.path / "a").exists()
    assert list(tmp_path.iterdir()) == []


@posix
def test_what_a_killed_process_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    process = left_alone("replacing(path)", "new.write_text('half')", path=tmp_path / "a.csv")
    (tmp_path / ".cryoves-notes").mkdir()
    (tmp_path / "b.csv").touch()
    (left,) = temporary_folders(tmp_path)
    assert owner_of(left) is Owner.ALIVE
    clear_leftovers(tmp_path)
    assert left.exists()
    kill(process)
    assert owner_of(left) is Owner.GONE
    clear_leftovers(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".cryoves-notes", "b.csv"]


@posix
def test_the_next_writer_clears(tmp_path: Path) -> None:
    kill(left_alone("replacing(path)", "new.write_text('half')", path=tmp_path / "a.csv"))
    with replacing(tmp_path / "b.csv") as new:
        new.touch()
    assert [p.name for p in tmp_path.iterdir()] == ["b.csv"]


@pytest.mark.parametrize(
    ("age_s", "owner"),
    [
        (0.0, Owner.ALIVE),
        (2 * LATELY_S, Owner.UNKNOWN),
        (FORGOTTEN_S + 60, Owner.GONE),
    ],
)
def test_of_another_computer_only_the_age_is_known(tmp_path: Path, age_s: float, owner: Owner) -> None:
    folder = _foreign(tmp_path, age_s)
    assert owner_of(folder) is owner
    clear_leftovers(tmp_path)
    assert folder.exists() is (owner is not Owner.GONE)


def test_a_folder_whose_owner_left_no_lock_is_judged_by_age(tmp_path: Path) -> None:
    with TemporaryFolder(tmp_path) as made:
        name = made.path.name
    (tmp_path / name).mkdir()
    assert owner_of(tmp_path / name) is Owner.ALIVE
    os.utime(tmp_path / name, (0, 0))
    assert owner_of(tmp_path / name) is Owner.GONE


def test_what_was_moved_aside_goes_back_where_nothing_took_its_place(tmp_path: Path) -> None:
    folder = _foreign(tmp_path, 0)
    for name in ("model", "taken"):
        (folder / MOVED_ASIDE / name).mkdir(parents=True)
        (folder / MOVED_ASIDE / name / "old").touch()
    (tmp_path / "taken").mkdir()
    os.utime(folder, (0, 0))
    os.utime(folder / ".cryoves-owner", (0, 0))
    clear_leftovers(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model", "taken"]
    assert [p.name for p in (tmp_path / "model").iterdir()] == ["old"]
    assert list((tmp_path / "taken").iterdir()) == []


def test_only_folders_of_our_name_are_ever_removed_with_content(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "a").touch()
    for name in (
        ".cryoves-x.partial",
        ".cryoves-notes",
        "a.partial",
        ".cryoves-00000000000-00000000-000000.partia",
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").touch()
        remove_temporary(tmp_path / name)
        assert (tmp_path / name / "a").exists()
    link = tmp_path / ".cryoves-00000000000-00000000-000000.partial"
    link.symlink_to(precious)
    assert is_temporary(link)
    remove_temporary(link)
    assert (precious / "a").exists()


@posix
def test_a_killed_windows_folder_is_cleared_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(temporary.tempfile, "tempdir", None)
    kill(left_alone("local_folder()", "(new.path / 'probability.npy').touch()", path=tmp_path))
    assert len(temporary_folders(tmp_path)) == 1
    local_folder().close()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_one_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TemporaryFolder(tmp_path / "none")
    assert temporary_folders(tmp_path / "none") == []
    with pytest.raises(CryoVesError), replacing(tmp_path / "none" / "a") as new:
        shutil.copyfile(__file__, new)


def test_one_that_was_not_locked_yet_when_its_process_was_killed_is_cleared_at_once(tmp_path: Path) -> None:
    with TemporaryFolder(tmp_path) as other:
        fresh = other.path.with_name(other.path.name.replace(other.path.name[-15:-8], "-0a0b0c"))
        fresh.mkdir()
        assert is_temporary(fresh)
        clear_leftovers(tmp_path)
        assert temporary_folders(tmp_path) == [other.path]


def test_who_was_just_about_to_lock_one_that_is_cleared_makes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = temporary.take_lock, []

    def take_lock(path: Path, *, new: bool) -> object:
        if new and not seen:
            seen.append(path.parent)
            clear_leftovers(tmp_path)
        return real(path, new=new)

    monkeypatch.setattr(temporary, "take_lock", take_lock)
    with TemporaryFolder(tmp_path) as folder:
        assert folder.path != seen[0]
        assert temporary_folders(tmp_path) == [folder.path]
        assert owner_of(folder.path) is Owner.ALIVE


#: Makes and closes a folder, and is killed just before it removes something for the given time; 0: never.
_KILLED_WHILE_CLOSING = """
import os, signal, sys
from pathlib import Path
from cryoves_app.storage.temporary import TemporaryFolder

folder = TemporaryFolder(Path(sys.argv[1]))
for name in ("a", "b/c", "b/d", "z"):
    (folder.path / name).parent.mkdir(exist_ok=True)
    (folder.path / name).write_text("x")
left = int(sys.argv[2])

def count(event, _arguments):
    global left
    if event in ("os.remove", "os.rmdir"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
folder.close()
"""


@posix
def test_a_folder_whose_process_was_killed_while_it_removed_it_goes_with_the_next(tmp_path: Path) -> None:
    for number in range(1, 100):
        ended = subprocess.run([sys.executable, "-c", _KILLED_WHILE_CLOSING, str(tmp_path), str(number)])
        if ended.returncode == 0:
            break
        assert len(temporary_folders(tmp_path)) == 1
        clear_leftovers(tmp_path)
        assert list(tmp_path.iterdir()) == [], number
    assert number == 8  # four files, the lock, two folders; then nothing is left to remove

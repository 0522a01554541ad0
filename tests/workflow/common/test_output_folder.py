"""Output folders appear complete or not at all."""

from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.temporary import clear_leftovers
from cryoves_app.workflow.common.output_folder import (
    BeingWritten,
    complete_files,
    complete_folder,
    scratch_folder,
)
from tests.storage.processes import kill, left_alone


def _fill(target: Path, text: str, *, force: bool = False) -> None:
    with complete_folder(target, force=force, announce=lambda path: None) as folder:
        (folder / "vesicles.csv").write_text(text)
        assert not (target / "vesicles.csv").exists() or force


def _fail(target: Path, *, force: bool = False) -> None:
    with complete_folder(target, force=force, announce=lambda path: None) as folder:
        (folder / "vesicles.csv").write_text("half")
        raise RuntimeError


def test_the_folder_appears_when_all_is_written(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / "b12"
    _fill(target, "all")
    assert (target / "vesicles.csv").read_text() == "all"
    assert [p.name for p in target.parent.iterdir()] == ["b12"]


def test_nothing_is_left_after_a_failure_not_even_parents(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / "b12"
    with pytest.raises(RuntimeError):
        _fail(target)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_folders_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").touch()
    target = tmp_path / "out" / "b12"
    with pytest.raises(RuntimeError):
        _fail(target)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["notes.txt"]


def test_an_existing_result_is_replaced_with_force_only(tmp_path: Path) -> None:
    target = tmp_path / "b12"
    _fill(target, "first")
    (target / "notes.txt").write_text("mine")
    with pytest.raises(CryoVesError, match="--force"):
        _fill(target, "second")
    assert (target / "vesicles.csv").read_text() == "first"
    _fill(target, "second", force=True)
    assert (target / "vesicles.csv").read_text() == "second"
    assert (target / "notes.txt").read_text() == "mine"


def test_a_failure_with_force_leaves_the_earlier_result(tmp_path: Path) -> None:
    target = tmp_path / "b12"
    _fill(target, "first")
    with pytest.raises(RuntimeError):
        _fail(target, force=True)
    assert (target / "vesicles.csv").read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["b12"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "b12").touch()
    with pytest.raises(CryoVesError, match="is a file"):
        _fill(tmp_path / "b12", "all", force=True)
    (tmp_path / "out").touch()
    with pytest.raises(CryoVesError, match="could not be written: a file of that name is there"):
        _fill(tmp_path / "out" / "b13", "all")


def test_scratch_is_announced_and_gone_afterwards(tmp_path: Path) -> None:
    told: list[Path] = []
    with scratch_folder(tmp_path / "b12", told.append) as folder:
        (folder / "big.npy").touch()
        assert told == [folder]
    assert list(tmp_path.iterdir()) == []


def _export(target: Path, *, force: bool = False) -> None:
    with complete_files(target, force=force) as folder:
        (folder / "a.csv").write_text("new")
        (folder / "3d").mkdir()
        (folder / "3d" / "labels.mrc").write_text("new")


def test_files_move_in_beside_others_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(CryoVesError, match=r"a\.csv"):
        _export(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    (tmp_path / "3d").mkdir()
    (tmp_path / "3d" / "mine.txt").touch()
    _export(tmp_path, force=True)
    assert (tmp_path / "a.csv").read_text() == "new"
    assert sorted(p.name for p in (tmp_path / "3d").iterdir()) == ["labels.mrc", "mine.txt"]


def _fill_while(target: Path, meanwhile: str, *, force: bool = False, mark: str = "") -> None:
    """Like another run that ended in the meantime."""
    with complete_folder(target, force=force, announce=lambda path: None, mark=mark) as folder:
        (folder / "vesicles.csv").write_text("mine")
        target.mkdir(exist_ok=True)
        (target / "vesicles.csv").write_text(meanwhile)


def test_what_appeared_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "b12"
    with pytest.raises(CryoVesError, match="by somebody else meanwhile"):
        _fill_while(target, "theirs")
    assert (target / "vesicles.csv").read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["b12"]
    _fill_while(target, "theirs", force=True)
    assert (target / "vesicles.csv").read_text() == "mine"


def test_what_appeared_meanwhile_in_an_empty_folder_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "b12"
    target.mkdir()
    with pytest.raises(CryoVesError, match="by somebody else meanwhile"):
        _fill_while(target, "theirs")
    assert (target / "vesicles.csv").read_text() == "theirs"


def test_an_empty_folder_keeps_its_rights(tmp_path: Path) -> None:
    target = tmp_path / "b12"
    target.mkdir(mode=0o700)
    _fill(target, "all")
    assert target.stat().st_mode & 0o777 == 0o700
    assert (target / "vesicles.csv").read_text() == "all"


def test_two_runs_into_one_folder_are_told_apart_at_the_start(tmp_path: Path) -> None:
    with complete_folder(tmp_path / "b12", force=False, announce=lambda path: None) as folder:
        (folder / "vesicles.csv").write_text("first")
        _fill(tmp_path / "b13", "all")
        for force in (False, True):
            with pytest.raises(BeingWritten, match="Another run is writing"):
                _fill(tmp_path / "b12", "second", force=force)
    assert (tmp_path / "b12" / "vesicles.csv").read_text() == "first"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b12", "b13"]


def test_a_killed_run_is_in_nobodys_way(tmp_path: Path) -> None:
    process = left_alone(
        "__import__('cryoves_app.workflow.common.output_folder', fromlist=['x']).complete_folder("
        "path, force=False, announce=lambda path: None)",
        "(new / 'vesicles.csv').write_text('half')",
        path=tmp_path / "b12",
    )
    with pytest.raises(BeingWritten):
        _fill(tmp_path / "b12", "second")
    kill(process)
    _fill(tmp_path / "b12", "second")
    assert [p.name for p in tmp_path.iterdir()] == ["b12"]
    assert (tmp_path / "b12" / "vesicles.csv").read_text() == "second"


def test_a_link_to_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "b12").symlink_to("real")
    _fill(tmp_path / "b12", "all")
    assert (tmp_path / "b12").is_symlink()
    assert [p.name for p in (tmp_path / "real").iterdir()] == ["vesicles.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b12", "real"]


@pytest.mark.parametrize("name", ["a\0b", "n" * 300, "half \ud83d"])
def test_names_that_cannot_be_are_sentences(tmp_path: Path, name: str) -> None:
    for fill in (_fill, lambda target, _text: _export(target)):
        with pytest.raises(CryoVesError, match=r"is no name of a file|its name is too long"):
            fill(tmp_path / name, "all")
    assert list(tmp_path.iterdir()) == []
    clear_leftovers(tmp_path)

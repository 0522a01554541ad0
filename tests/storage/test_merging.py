from __future__ import annotations

import os
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage import merging
from cryoves_app.storage.merging import merge
from cryoves_app.storage.temporary import TemporaryFolder

posix = pytest.mark.skipif(os.name == "nt", reason="links as POSIX has them")


def _fill(folder: Path, text: str, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _content(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def _merge(target: Path, *names: str, **options: object) -> None:
    with TemporaryFolder(target.parent) as folder:
        new = folder.path / target.name
        _fill(new, "new", *names)
        merge(new, target, **options)  # type: ignore[arg-type]


def test_new_files_take_the_place_of_old_ones_and_others_stay(tmp_path: Path) -> None:
    target = tmp_path / "out"
    _fill(target, "old", "a.csv", "3d/labels.mrc", "3d/mine.txt", "mine.txt")
    _merge(target, "a.csv", "b.csv", "3d/labels.mrc", "4d/x/y.mrc")
    assert _content(target) == {
        "a.csv": "new",
        "b.csv": "new",
        "3d/labels.mrc": "new",
        "3d/mine.txt": "old",
        "4d/x/y.mrc": "new",
        "mine.txt": "old",
    }
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_obsolete_files_go(tmp_path: Path) -> None:
    target = tmp_path / "out"
    _fill(target, "old", "a.csv", "probability.mrc", "run.json")
    _merge(target, "a.csv", "run.json", mark="run.json", obsolete=("probability.mrc", "none.mrc"))
    assert _content(target) == {"a.csv": "new", "run.json": "new"}


@pytest.mark.parametrize("stop", range(1, 7))
def test_should_a_file_not_go_the_earlier_ones_come_back(
    tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the moves fails: two for each file, one for mark and obsolete file."""
    target = tmp_path / "out"
    _fill(target, "old", "a.csv", "run.json", "z.mrc", "3d/b.mrc")
    before, left = _content(target), stop
    move = merging._move

    def failing(file: Path, place: Path) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise PermissionError("opened by another program")
        move(file, place)

    monkeypatch.setattr(merging, "_move", failing)
    with pytest.raises(PermissionError):
        _merge(
            target, "a.csv", "run.json", "c.csv", "3d/b.mrc", "5d/e.mrc", mark="run.json", obsolete=["z.mrc"]
        )
    assert _content(target) == before
    assert sorted(p.name for p in target.iterdir()) == ["3d", "a.csv", "run.json", "z.mrc"]


def test_the_mark_goes_first_and_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    _fill(target, "old", "a.csv", "run.json", "z.mrc")
    moves: list[tuple[str, str]] = []
    move = merging._move

    def noted(file: Path, place: Path) -> None:
        moves.append((file.name, "in" if target in place.parents else "away"))
        move(file, place)

    monkeypatch.setattr(merging, "_move", noted)
    _merge(target, "z.mrc", "run.json", "a.csv", mark="run.json")
    assert moves == [
        ("run.json", "away"),
        ("a.csv", "away"),
        ("a.csv", "in"),
        ("z.mrc", "away"),
        ("z.mrc", "in"),
        ("run.json", "in"),
    ]


@pytest.mark.parametrize(("there", "new"), [("a.csv/mine.txt", "a.csv"), ("3d", "3d/labels.mrc")])
def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path: Path, there: str, new: str) -> None:
    target = tmp_path / "out"
    _fill(target, "old", there, "run.json")
    with pytest.raises(CryoVesError, match="is in the way"):
        _merge(target, new, "run.json", mark="run.json")
    assert _content(target) == {there: "old", "run.json": "old"}


@posix
def test_links_are_followed_and_modes_kept(tmp_path: Path) -> None:
    target, central = tmp_path / "out", tmp_path / "central"
    _fill(target, "old", "a.csv")
    _fill(central, "old", "p.cryoves")
    (target / "p.cryoves").symlink_to(central / "p.cryoves")
    (target / "a.csv").chmod(0o664)
    (central / "p.cryoves").chmod(0o660)
    _merge(target, "a.csv", "p.cryoves")
    assert (target / "p.cryoves").is_symlink()
    assert _content(central) == {"p.cryoves": "new"}
    assert (central / "p.cryoves").stat().st_mode & 0o777 == 0o660
    assert (target / "a.csv").stat().st_mode & 0o777 == 0o664


@posix
def test_a_link_may_lead_to_another_disk(tmp_path: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second disk")
    with TemporaryFolder(other) as folder:
        _fill(folder.path, "old", "a.csv")
        target = tmp_path / "out"
        target.mkdir()
        (target / "a.csv").symlink_to(folder.path / "a.csv")
        _merge(target, "a.csv", "b.csv")
        assert (folder.path / "a.csv").read_text() == "new"
        assert (target / "a.csv").is_symlink()


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write to everything")
def test_a_write_protected_file_stops_it(tmp_path: Path) -> None:
    target = tmp_path / "out"
    _fill(target, "old", "a.csv", "b.csv")
    (target / "b.csv").chmod(0o444)
    with pytest.raises(CryoVesError, match="write-protected"):
        _merge(target, "a.csv", "b.csv")
    assert _content(target) == {"a.csv": "old", "b.csv": "old"}

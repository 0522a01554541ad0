from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.replacing import (
    FolderKind,
    discard_folder,
    make_folders,
    refuse_inputs,
    replacing,
    replacing_folder,
)
from cryoves_app.storage.temporary import clear_leftovers
from tests.storage.processes import killed_in

KIND = FolderKind("an album", ("list.txt",), ("list.txt", "*.png", "small", "small/*.png"))
posix = pytest.mark.skipif(os.name == "nt", reason="modes and links as POSIX has them")


def _names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def _write(path: Path, text: str = "new") -> None:
    with replacing(path) as temporary:
        temporary.write_text(text)


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_file_appears_at_the_end_only(tmp_path: Path) -> None:
    final = tmp_path / "result.csv"
    with replacing(final) as temporary:
        temporary.write_text("new")
        assert temporary.name == "result.csv"
        assert list(tmp_path.glob("*.csv")) == []
        assert list(tmp_path.glob("*/*.csv")) == [temporary]
        assert temporary.parent.name.startswith(".")
    assert _names(tmp_path) == ["result.csv"]
    assert final.read_text() == "new"


def _fail_inside(manager, name: str) -> None:
    with manager as temporary:
        (temporary / name if name else temporary).write_text("half")
        raise KeyboardInterrupt


def test_interrupt_leaves_the_old_file_alone(tmp_path: Path) -> None:
    final = tmp_path / "result.csv"
    final.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        _fail_inside(replacing(final), "")
    assert _names(tmp_path) == ["result.csv"]
    assert final.read_text() == "old"


@posix
@pytest.mark.parametrize("place", ["beside", "elsewhere", "behind another link", "nowhere yet"])
def test_saving_follows_a_link(tmp_path: Path, place: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    link, real = tmp_path / "a.csv", other / "b.csv"
    if place != "nowhere yet":
        real.write_text("old")
    if place == "beside":
        real = real.rename(tmp_path / "b.csv")
        link.symlink_to("b.csv")
    elif place == "behind another link":
        (tmp_path / "second.csv").symlink_to(real)
        link.symlink_to("second.csv")
    else:
        link.symlink_to(real)
    _write(link)
    assert link.is_symlink()
    assert (real.read_text(), real.is_symlink()) == ("new", False)
    assert not any(name.startswith(".") for folder in (tmp_path, other) for name in _names(folder))


@posix
def test_a_link_that_leads_to_itself_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    with pytest.raises(CryoVesError, match="leads to itself"):
        _write(tmp_path / "a")


@posix
@pytest.mark.parametrize("mode", [0o664, 0o600, 0o640, 0o755])
def test_a_replaced_file_hands_on_its_mode(tmp_path: Path, mode: int) -> None:
    final = tmp_path / "a.csv"
    final.touch()
    final.chmod(mode)
    _write(final)
    assert final.stat().st_mode & 0o7777 == mode


@posix
def test_a_replaced_file_hands_on_its_group_and_attributes(tmp_path: Path) -> None:
    final = tmp_path / "a.csv"
    final.touch()
    groups = [g for g in (os.getgroups() if os.geteuid() else [7]) if g != final.stat().st_gid]
    if groups:
        os.chown(final, -1, groups[0])
    try:
        os.setxattr(final, "user.note", b"mine")
    except (OSError, AttributeError):
        pytest.skip("no attributes on this disk")
    _write(final)
    assert os.getxattr(final, "user.note") == b"mine"
    assert final.stat().st_gid == (groups[0] if groups else final.stat().st_gid)


@posix
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_new_file_and_folder_have_the_users_usual_rights(tmp_path: Path, mask: int, mode: int) -> None:
    with _umask(mask):
        _write(tmp_path / "a.csv")
        with replacing_folder(tmp_path / "album", KIND) as folder:
            (folder / "list.txt").touch()
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == mode
    assert (tmp_path / "album").stat().st_mode & 0o777 == 0o777 & ~mask
    assert (tmp_path / "album" / "list.txt").stat().st_mode & 0o777 == mode


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write to everything")
def test_a_write_protected_file_is_left_alone(tmp_path: Path) -> None:
    final = tmp_path / "a.csv"
    final.write_text("old")
    final.chmod(0o444)
    with pytest.raises(CryoVesError, match="write-protected"):
        _write(final)
    assert final.read_text() == "old"


@pytest.mark.parametrize("name", ["a\0b.csv", "\0", "half \ud83d.csv", "a\0b/c.csv"])
def test_names_that_no_file_can_have_are_sentences(tmp_path: Path, name: str) -> None:
    for write in (_write, make_folders, lambda path: replacing_folder(path, KIND).__enter__()):
        with pytest.raises(CryoVesError, match="is no name of a file"):
            write(tmp_path / name)
    assert _names(tmp_path) == []


@pytest.mark.parametrize("length", [245, 255])
def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path: Path, length: int) -> None:
    name = "n" * (length - 4) + ".csv"
    _write(tmp_path / name)
    assert _names(tmp_path) == [name]
    with pytest.raises(CryoVesError, match="its name is too long"):
        _write(tmp_path / ("n" * 252 + ".csv"))


def test_refusals_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="its folder does not exist"):
        _write(tmp_path / "no" / "a")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CryoVesError, match="could not be written"):
        _write(tmp_path / "folder")
    (tmp_path / "file").touch()
    with pytest.raises(CryoVesError, match="its folder is a file"):
        _write(tmp_path / "file" / "a")
    assert _names(tmp_path) == ["file", "folder"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CryoVesError, match="no right"):
        _write(tmp_path / "a")
    tmp_path.chmod(0o700)


# -- folders


def _fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def _replace(folder: Path, *names: str) -> None:
    with replacing_folder(folder, KIND) as new:
        _fill(new, *names)


def test_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    final = tmp_path / "album"
    _replace(final, "list.txt", "a.png")
    _replace(final, "list.txt", "b.png", "small/b.png")
    assert _names(tmp_path) == ["album"]
    assert _names(final) == ["b.png", "list.txt", "small"]
    with pytest.raises(KeyboardInterrupt):
        _fail_inside(replacing_folder(final, KIND), "c.png")
    assert _names(tmp_path) == ["album"]
    assert _names(final) == ["b.png", "list.txt", "small"]


@pytest.mark.parametrize(
    "content",
    [
        ["thesis.txt"],
        ["sub/data.rec"],
        ["list.txt", "notes.txt"],
        ["list.txt", "a.png", ".git/config"],
        ["list.txt", "small/raw.tif"],
        ["a.png"],  # of ours only by its ending: without its list it is no album
        ["small/a.png"],
        ["list.txt/a.png"],
    ],
)
def test_a_folder_that_is_not_known_to_be_ours_is_never_touched(tmp_path: Path, content: list[str]) -> None:
    folder = tmp_path / "papers"
    _fill(folder, *content)
    before = sorted(str(p) for p in folder.rglob("*"))
    with pytest.raises(CryoVesError, match="does not belong to an album"):
        _replace(folder, "list.txt")
    with pytest.raises(CryoVesError, match="does not belong to an album"):
        discard_folder(folder, KIND)
    assert sorted(str(p) for p in folder.rglob("*")) == before
    assert _names(tmp_path) == ["papers"]


def _filled_meanwhile(folder: Path) -> None:
    with replacing_folder(folder, KIND) as new:
        _fill(new, "list.txt", "a.png")
        _fill(folder, "notes.txt")


def test_a_folder_that_is_filled_meanwhile_is_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "album"
    _replace(folder, "list.txt")
    with pytest.raises(CryoVesError, match=r"notes\.txt"):
        _filled_meanwhile(folder)
    assert _names(folder) == ["list.txt", "notes.txt"]


def test_what_desktops_put_into_every_folder_is_in_nobodys_way(tmp_path: Path) -> None:
    folder = tmp_path / "album"
    _fill(folder, "list.txt", ".DS_Store", "Thumbs.db", "small/.DS_Store")
    _replace(folder, "list.txt", "a.png")
    assert _names(folder) == ["a.png", "list.txt"]
    (tmp_path / "empty").mkdir()
    _replace(tmp_path / "empty", "list.txt")
    discard_folder(folder, KIND)
    discard_folder(tmp_path / "none", KIND)
    assert _names(tmp_path) == ["empty"]


def test_a_file_in_the_place_of_a_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "album").write_text("mine")
    with pytest.raises(CryoVesError, match="is a file"):
        _replace(tmp_path / "album", "list.txt")
    assert (tmp_path / "album").read_text() == "mine"


def _appears_meanwhile(folder: Path) -> None:
    with replacing_folder(folder, KIND, only_new=True) as new:
        _fill(new, "list.txt", "mine.png")
        _fill(folder, "list.txt", "theirs.png")


def test_an_album_that_appears_meanwhile_stays_where_only_a_new_one_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="by somebody else meanwhile"):
        _appears_meanwhile(tmp_path / "album")
    assert _names(tmp_path / "album") == ["list.txt", "theirs.png"]
    assert _names(tmp_path) == ["album"]


@posix
@pytest.mark.parametrize("name", ["pipe", "link"])
def test_a_pipe_or_a_device_is_not_replaced(tmp_path: Path, name: str) -> None:
    """Where the administrator would lose the null device."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(CryoVesError, match="no file but a device or a pipe, so it is not replaced"):
        _write(tmp_path / name)
    assert (tmp_path / "pipe").is_fifo()
    assert _names(tmp_path) == ["link", "pipe"]


@posix
def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    _replace(tmp_path / "real", "list.txt")
    (tmp_path / "album").symlink_to("real")
    _replace(tmp_path / "album", "list.txt", "a.png")
    assert (tmp_path / "album").is_symlink()
    assert _names(tmp_path / "real") == ["a.png", "list.txt"]


@posix
def test_links_inside_lead_nothing_of_others_away(tmp_path: Path) -> None:
    _fill(tmp_path / "precious", "a.png")
    folder = tmp_path / "album"
    _fill(folder, "list.txt")
    (folder / "small").symlink_to(tmp_path / "precious")
    _replace(folder, "list.txt")
    assert _names(folder) == ["list.txt"]
    assert _names(tmp_path / "precious") == ["a.png"]


@posix
@pytest.mark.parametrize("renames", [1, 2, 3])
def test_a_kill_between_the_steps_leaves_the_old_folder_or_the_new(tmp_path: Path, renames: int) -> None:
    """The first rename moves the old folder aside, the second brings the new one."""
    folder = tmp_path / "album"
    _replace(folder, "list.txt", "old.png")
    killed_in(
        "replacing_folder(path, KIND)",
        "(new / 'list.txt').touch(); (new / 'new.png').touch()",
        path=folder,
        renames=renames,
    )
    clear_leftovers(tmp_path)
    assert _names(tmp_path) == ["album"]
    assert _names(folder) == (["list.txt", "old.png"] if renames < 3 else ["list.txt", "new.png"])


@pytest.mark.parametrize("name", ["a.csv", "link.csv", "sub/../a.csv"])
def test_a_result_never_takes_the_place_of_what_it_is_made_from(tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.csv").write_text("mine")
    (tmp_path / "link.csv").symlink_to("a.csv")
    with pytest.raises(CryoVesError, match="not replaced"):
        refuse_inputs([tmp_path / "new.csv", tmp_path / name], [None, tmp_path / "a.csv"])
    refuse_inputs([tmp_path / "new.csv", tmp_path / "sub"], [tmp_path / "a.csv", tmp_path / "missing"])


@posix
def test_what_a_kill_left_inside_a_folder_is_no_stranger_in_it(tmp_path: Path) -> None:
    """A training that was killed while it wrote its checkpoint could not be gone on with."""
    folder = tmp_path / "album"
    _replace(folder, "list.txt", "old.png")
    killed_in("replacing(path)", "new.write_text('half')", path=folder / "new.png", renames=1)
    assert len(_names(folder)) == 3
    KIND.refuse_strangers(folder)
    _replace(folder, "list.txt")
    assert _names(tmp_path) == ["album"]
    assert _names(folder) == ["list.txt"]


@posix
def test_a_folder_in_which_only_a_kill_left_something_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "album"
    folder.mkdir()
    killed_in("replacing(path)", "new.write_text('half')", path=folder / "list.txt", renames=1)
    with replacing_folder(folder, KIND, only_new=True) as new:
        (new / "list.txt").touch()
    assert _names(folder) == ["list.txt"]

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.atomic import replacing, replacing_folder


def test_file_appears_at_the_end_only(tmp_path: Path) -> None:
    final = tmp_path / "result.csv"
    with replacing(final) as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".csv"
        assert not final.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["result.csv"]
    assert final.read_text() == "new"


def test_what_a_killed_program_left_long_ago_is_cleared(tmp_path: Path) -> None:
    old, young = tmp_path / ".a.0123456789ab.part.csv", tmp_path / ".a.ba9876543210.part.csv"
    other = tmp_path / ".b.0123456789ab.part.csv"
    for path in (old, young, other):
        path.write_text("half")
    for path in (old, other):
        os.utime(path, (0, 0))
    with replacing(tmp_path / "a.csv") as temporary:
        temporary.write_text("whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([young.name, other.name, "a.csv"])


def fail_inside(manager, name: str) -> None:
    with manager as temporary:
        (temporary / name if name else temporary).write_text("half")
        raise KeyboardInterrupt


def test_interrupt_leaves_the_old_file_alone(tmp_path: Path) -> None:
    final = tmp_path / "result.csv"
    final.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        fail_inside(replacing(final), "")
    assert [p.name for p in tmp_path.iterdir()] == ["result.csv"]
    assert final.read_text() == "old"


def test_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    final = tmp_path / "export"
    for name in ("a", "b"):
        with replacing_folder(final) as temporary:
            (temporary / name).write_text(name)
    assert [p.name for p in tmp_path.iterdir()] == ["export"]
    assert [p.name for p in final.iterdir()] == ["b"]
    with pytest.raises(KeyboardInterrupt):
        fail_inside(replacing_folder(final), "c")
    assert [p.name for p in tmp_path.iterdir()] == ["export"]
    assert [p.name for p in final.iterdir()] == ["b"]


def test_refusals_are_sentences(tmp_path: Path) -> None:
    with (
        pytest.raises(CryoVesError, match="its folder does not exist"),
        replacing(tmp_path / "no" / "a") as part,
    ):
        part.write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CryoVesError, match="could not be written"), replacing(tmp_path / "folder") as part:
        part.write_text("x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CryoVesError, match="no right"), replacing(tmp_path / "a") as part:
        part.write_text("x")
    tmp_path.chmod(0o700)

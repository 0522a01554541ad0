"""A few damaged files for every kind of reader, and that the search notices what it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import child
from tests.fuzz.bundle import pack, unpack
from tests.fuzz.run import fuzz, keep, main

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
PATIENCE_SECONDS = 120.0


@pytest.mark.parametrize("name", ["t.mrc", "l.tif", "p.cryoves", "m.mod", "p5.star", "card.json", "t.zarr"])
def test_damaged_files_give_sentences(name: str) -> None:
    outcome = fuzz(name, seed=20, inputs=150, seconds=PATIENCE_SECONDS)
    assert outcome.findings == {}
    assert outcome.done == 150


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"kill", "ended with -9"),
        (b"hang", "Foreign in the library"),
        (b"fill", "MemoryError in the library"),
        (b"else", "Foreign in the library"),
        (b"fail", "ValueError in the library"),
    ],
)
def test_what_readers_must_not_do_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: bytes, kind: str
) -> None:
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted" / "one").write_bytes(start + b"ing")
    monkeypatch.setenv(child.CORPUS_VARIABLE, str(tmp_path))
    outcome = fuzz("planted", seed=1, inputs=2, seconds=PATIENCE_SECONDS)
    assert list(outcome.findings) == [kind]
    assert outcome.findings[kind][1] == start + b"ing"
    assert not (tmp_path / "elsewhere").exists()
    keep("planted", outcome, tmp_path / "found")
    (kept,) = (tmp_path / "found" / "planted").glob("*.txt")
    assert kept.read_text().startswith(kind)
    assert kept.with_suffix("").read_bytes() == start + b"ing"


def test_files_before_the_one_that_ends_the_process_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "planted").mkdir()
    for number in range(250):
        start = b"kill" if number == 240 else b"good"
        (tmp_path / "planted" / f"{number:04d}").write_bytes(start)
    monkeypatch.setenv(child.CORPUS_VARIABLE, str(tmp_path))
    outcome = fuzz("planted", seed=1, inputs=230, seconds=PATIENCE_SECONDS)
    assert (list(outcome.findings), outcome.done) == ([], 230)
    outcome = fuzz("planted", seed=1, inputs=300, seconds=PATIENCE_SECONDS)
    assert list(outcome.findings) == ["ended with -9"]
    assert outcome.done == 300


def test_weights_are_damaged_in_processes_of_their_own() -> None:
    outcome = fuzz("model", seed=4, inputs=20, seconds=PATIENCE_SECONDS)
    assert (outcome.findings, outcome.done) == ({}, 20)


def test_files_that_reach_new_lines_are_kept_and_changed_further(tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    outcome = fuzz("card.json", seed=1, inputs=400, seconds=PATIENCE_SECONDS, kept=tmp_path / "kept")
    assert (outcome.findings, outcome.done) == ({}, 400)
    assert len(list((tmp_path / "kept").iterdir())) > 1


def test_a_folder_as_a_file_and_back(tmp_path: Path) -> None:
    (tmp_path / "a" / "sub").mkdir(parents=True)
    (tmp_path / "a" / "sub" / "x.json").write_bytes(b"\0%%%\n1")
    (tmp_path / "a" / ".zarray").write_bytes(b"{}")
    pack(tmp_path / "a", tmp_path / "packed")
    folder = unpack(tmp_path / "packed")
    assert {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == {
        "sub/x.json": b"\0%%%\n1",
        ".zarray": b"{}",
    }


@pytest.mark.parametrize("name", [b"../x", b"/x", b"a/../../x", b"", b"a//b", b"\xff"])
def test_damage_to_a_name_leads_nowhere(tmp_path: Path, name: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "packed").write_bytes(name + b"\0content")
    folder = unpack(tmp_path / "deep" / "packed")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [tmp_path / "deep" / "packed"]
    assert list(folder.iterdir()) == []


def test_readers_that_there_are_not_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["t.mrc", "nothing"])
    assert "no reader nothing" in capsys.readouterr().err

"""A few damaged files for every kind of reader, and that the search notices what it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import child
from tests.fuzz.run import fuzz, keep, main

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
PATIENCE_SECONDS = 120.0


@pytest.mark.parametrize("name", ["t.mrc", "l.tif", "p.cryoves", "m.mod", "p5.star", "card.json"])
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


def test_readers_that_there_are_not_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["t.mrc", "nothing"])
    assert "no reader nothing" in capsys.readouterr().err

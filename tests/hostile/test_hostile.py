"""Files that were made to do harm end in one sentence: little time, little memory, nothing written elsewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import environment
from tests.hostile.cases import CASES

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs /proc")
#: Of the processor, and of memory beyond the file itself and this many times its size.
MOST_SECONDS, MOST_MEGABYTES, FACTOR = 5.0, 150.0, 40
PATIENCE_SECONDS = 1200


def outcomes(folder: Path, *names: str) -> dict[str, dict[str, Any]]:
    """What came out of each case."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.child", str(folder), *names],
        env={**environment(folder / "data"), "TMPDIR": str(folder)},
        cwd=os.fspath(Path(__file__).parents[2]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {outcome["name"]: outcome for outcome in found}


@pytest.fixture(scope="module")
def all_outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return outcomes(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_one_sentence(name: str, all_outcomes: dict[str, dict[str, Any]]) -> None:
    outcome, case = all_outcomes[name], CASES[name]
    assert outcome["kind"] == ("sentence" if case.words else "read"), outcome["text"]
    assert re.search(case.words, outcome["text"])
    assert "\n" not in outcome["text"]
    assert len(outcome["text"]) < 1500
    assert outcome["left"] == []
    assert outcome["seconds"] < MOST_SECONDS
    assert outcome["megabytes"] < MOST_MEGABYTES + FACTOR * outcome["size"]


def test_what_a_file_must_not_do_is_noticed(tmp_path: Path) -> None:
    found = outcomes(tmp_path, *(f"planted {what}" for what in ("writer", "eater", "failure")))
    assert found["planted writer"]["left"] == ["elsewhere"]
    assert found["planted eater"]["megabytes"] > 2 * MOST_MEGABYTES
    assert found["planted failure"]["kind"] == "ValueError"

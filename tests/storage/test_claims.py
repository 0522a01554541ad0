"""Claims of work that several processes share."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cryoves_app.storage.claims import claim_path, take_claim
from cryoves_app.storage.temporary import LATELY_S
from tests.cli.program import environment

_HOLDER = """
import sys
from pathlib import Path
from cryoves_app.storage.claims import take_claim
claim = take_claim(Path(sys.argv[1]))
print("mine" if claim else "taken", flush=True)
sys.stdin.read()
"""


def test_a_claim_is_taken_once_and_free_again(tmp_path: Path) -> None:
    target = tmp_path / "new" / "b12"
    claim = take_claim(target)
    assert claim is not None
    assert take_claim(target) is None
    other = take_claim(tmp_path / "new" / "b13")
    assert other is not None
    other.release()
    claim.release()
    assert list(tmp_path.iterdir()) == []  # nor does the folder stay that was made for it
    with take_claim(target) or pytest.fail("still taken"):
        (tmp_path / "new" / "result").touch()
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["result"]


@pytest.mark.skipif(sys.platform == "win32", reason="a locked file cannot be read there")
def test_a_claim_says_who_has_it_and_a_killed_process_loses_it(tmp_path: Path) -> None:
    target = tmp_path / "b12"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, target],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    with holder.stdout, holder.stdin:
        assert holder.stdout.readline() == "mine\n"
        told = json.loads(claim_path(target).read_text(encoding="utf-8"))
        assert (told["host"], told["pid"]) == (platform.node(), holder.pid)
        assert 0 <= time.time() - told["since"] < 1000
        assert take_claim(target) is None
        holder.kill()
        holder.wait()
    claim = take_claim(target)
    assert claim is not None
    assert json.loads(claim_path(target).read_text(encoding="utf-8"))["pid"] == os.getpid()
    claim.release()
    assert not claim_path(target).exists()


def _claimed_elsewhere(target: Path, age: float) -> None:
    """The claim of a computer whose locks are not seen here, touched so long ago."""
    path = claim_path(target)
    path.write_text(json.dumps({"host": "another-computer", "pid": 1, "since": 0.0}), encoding="utf-8")
    os.utime(path, (time.time() - age,) * 2)


def test_the_claim_of_another_computer_ends_with_its_age(tmp_path: Path) -> None:
    target = tmp_path / "b12"
    _claimed_elsewhere(target, LATELY_S / 2)
    assert take_claim(target) is None
    assert claim_path(target).exists()
    _claimed_elsewhere(target, LATELY_S + 60)
    with take_claim(target) or pytest.fail("still taken"):
        pass
    assert not claim_path(target).exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", "{half", '"host"'])
def test_a_claim_that_was_never_written_whole_is_free(tmp_path: Path, text: str) -> None:
    claim_path(tmp_path / "b12").write_text(text, encoding="utf-8")
    with take_claim(tmp_path / "b12") or pytest.fail("still taken"):
        pass


def test_a_place_that_takes_no_claim_is_for_the_work_to_complain_about(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    claim_path(tmp_path / "b12").mkdir()
    for target in (tmp_path / "file" / "b12", tmp_path / "b12", tmp_path / "a\0b"):
        with take_claim(target) or pytest.fail("taken"):
            pass
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"

"""The program is hurt a few times in each way that is quick, and the harness finds what it looks for."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("signals of Unix", allow_module_level=True)

from cryoves_app.formats.project.project_file import write_project
from cryoves_app.storage.removal import remove_file
from tests.faults import beside, edited, editing, place
from tests.faults.hurts import FAULTS, Fault, Hurt, begin, hurt_often, kill_at
from tests.faults.judge import remember_inputs, run_again
from tests.faults.place import Place
from tests.faults.run import main, shares
from tests.faults.works import WORKS, Work
from tests.workflow.edits import project

FAULT = {fault.name: fault for fault in FAULTS}
IMPORT = next(work for work in WORKS if work.name == "model-import")
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc, sets rights as Linux"
)


@pytest.mark.parametrize(("fault", "times"), [("kill", 3), ("read-only", 1), ("together", 1), ("memory", 1)])
def test_a_hurt_import_of_a_model_loses_nothing(tmp_path: Path, fault: str, times: int) -> None:
    assert hurt_often(FAULT[fault], IMPORT, Place(tmp_path / "p"), times, random.Random(fault)) == []


@pytest.mark.parametrize("kind", edited.KINDS)
def test_a_killed_edit_of_a_project_loses_nothing(kind: str) -> None:
    assert edited.kill_often(kind, 3, seed=7) == []


# --- planted faults: small programs that do what the program must not -----------------------------------------

_WHOLE = """
import os, pathlib, sys, time
out = pathlib.Path(sys.argv[1])
def write(name, text):
    (out / (name + ".new")).write_text(text)
    os.replace(out / (name + ".new"), out / name)
def tidy():
    for path in out.glob("*.new"): path.unlink()
tidy()
"""
_GOOD = "write('a.json', '[1]'); write('run.json', '{}')"


def _planted(program: str) -> Work:
    return Work(
        "planted",
        lambda inputs: (inputs / "work.py").write_text(_WHOLE + program),
        ("{inputs}/work.py", "{out}"),
        ("again",),
        lambda _place: ("again",),
        "out",
        1,
        mark="run.json",
        on_the_way=("*.new",),
        program=lambda *words: [sys.executable, *map(str, words)],
    )


def _hurt(program: str, tmp_path: Path, change: int) -> tuple[list[str], list[str]]:
    """What is found in a run that nobody hurts, and after one that is killed at a change."""
    work, own = _planted(program), Place(tmp_path / "p")
    undisturbed = begin(work, own)
    hurt = Hurt(own, work, random.Random(1), 0, 1, remember_inputs(own))
    return undisturbed, [*kill_at(hurt, change), *run_again(own, work)]


def test_a_program_that_does_all_right_is_not_accused(tmp_path: Path) -> None:
    program = f"(out / 'run.json').unlink(missing_ok=True); {_GOOD}"
    assert _hurt(program, tmp_path, 4) == ([], [])


_HALVES = """
(out / "a.json").write_text("")
(out / "b.new").touch()
(out / "a.json").write_text("[1]")
"""
_LOCKED = f"(out / 'lock.new').mkdir(exist_ok='again' not in sys.argv); {_GOOD}; (out / 'lock.new').rmdir()"


@pytest.mark.parametrize(
    ("program", "change", "found"),
    [
        (_HALVES, 3, "a.json: JSONDecodeError"),
        (_GOOD, 4, "holds old and new files though run.json is there"),
        (_LOCKED, 3, "the next run ended with 1"),
        (
            "(out / 'a.json').write_text('[1]'); (out / 'b.json').touch() if 'again' in sys.argv else 0",
            9,
            "b.json",
        ),
    ],
)
def test_what_kills_leave_behind_is_found(tmp_path: Path, program: str, change: int, found: str) -> None:
    _, wrong = _hurt(program, tmp_path, change)
    assert any(found in one for one in wrong)


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("1 / 0", "said “Traceback”"),
        ("sys.exit(3)", "exit code 3"),
        ("print('no', file=sys.stderr); sys.exit(1)", "no sentence at the end"),
        ("(pathlib.Path(os.environ['TMPDIR']) / 'x').touch()", "tmp/x was left"),
        ("(out / '.cryoves-00000000000-00000000-000000.partial').mkdir()", "partial was left"),
    ],
)
def test_what_a_program_must_not_say_or_leave_is_found(tmp_path: Path, program: str, found: str) -> None:
    wrong = begin(_planted(program), Place(tmp_path / "p"))
    assert any(found in one for one in wrong)


def test_a_touched_input_is_found(tmp_path: Path) -> None:
    own = Place(tmp_path / "p")
    work = _planted("pathlib.Path(sys.argv[0]).open('a').write('#')")
    wrong = hurt_often(
        Fault("none", "", lambda hurt: hurt.judged(_run(hurt)), ("planted",), 1),
        work,
        own,
        1,
        random.Random(1),
    )
    assert "input work.py was touched" in wrong


def _run(hurt: Hurt) -> place.Ended:
    return place.finish(place.start(hurt.command(), hurt.place))


def test_a_program_without_end_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "PATIENCE_SECONDS", 0.5)
    own = Place(tmp_path / "p")
    with pytest.raises(TimeoutError, match=r"no end within 0\.5 s"):
        place.finish(place.start([sys.executable, "-c", "while True: pass"], own))


@pytest.mark.parametrize("what", ["copy", "home", "rest", "steps"])
def test_lost_edits_are_found(tmp_path: Path, what: str) -> None:
    assert edited.edit_until_killed("import", 11, tmp_path, random.Random(4))
    home, (copy,) = tmp_path / editing.HOME, (tmp_path / "data" / "working").glob("*.cryoves")
    if what == "copy":
        remove_file(copy)
    elif what == "home":
        os.truncate(home, 2000)
    elif what == "rest":
        elsewhere = tmp_path / "elsewhere"  # where the next run clears nothing away
        (elsewhere / ".cryoves-00000000000-00000000-000000.partial").mkdir(parents=True)
    else:
        said = (tmp_path / "said").read_text()
        (tmp_path / "said").write_text(said + "0" * 16 + "\n")
    assert edited.judge("import", 11, tmp_path) != []


def test_all_hurts_together_are_as_many_as_wanted() -> None:
    assert sum(count for _, count in shares(FAULT["kill"], 400)) == 400
    assert {work.name for work, _ in shares(FAULT["kill-worker"], 3)} == {"segment", "batch", "train"}


def test_a_fault_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["kill", "flood"])
    assert "no fault flood" in capsys.readouterr().err


def test_two_windows_on_one_project_lose_nothing(tmp_path: Path) -> None:
    assert beside.beside_often(3, seed=4) == []


@pytest.mark.parametrize("what", ["edits of one are gone", "the file holds what nobody saved last"])
def test_what_two_windows_lose_is_found(tmp_path: Path, what: str) -> None:
    assert beside.beside_once(3002, tmp_path) == []
    if what == "edits of one are gone":
        told = json.loads((tmp_path / "one.json").read_text())
        (tmp_path / "one.json").write_text(json.dumps({**told, "last": "never"}))
    else:
        write_project(tmp_path / editing.HOME, project(77))
    assert what in beside.judge_beside(3002, tmp_path)

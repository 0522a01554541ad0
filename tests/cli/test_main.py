"""The frame of the command line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cryoves_app import __version__
from cryoves_app.cli.main import COMMANDS, main
from tests.cli.program import command, environment, run

#: Importing any of these would make ``--help`` slow.
HEAVY = ("numpy", "scipy", "skimage", "sklearn", "matplotlib", "mrcfile", "h5py", "openvino", "tensorflow", "rich",
         "PySide6", "platformdirs", "psutil")  # fmt: skip


def test_help_imports_nothing_heavy_and_names_every_command() -> None:
    code = (
        "import sys\nfrom cryoves_app.cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        f"sys.stderr.write(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(),
        check=True,
    )
    assert done.stderr == ""
    assert all(re.search(rf"^    {name}\s", done.stdout, re.MULTILINE) for name in COMMANDS)
    assert "window" not in done.stdout.split("COMMAND", 1)[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert f"usage: cryoves {name}" in capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"cryoves {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [["segment"], ["segment", "a.mrc"], ["segment", "a", "-o", "b", "--voxel-size", "-3"], ["--nonsense"]],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage: cryoves" in done.stderr
    assert done.stdout == ""


def test_a_word_that_is_neither_file_nor_command_gets_a_sentence() -> None:
    done = run("segmant")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "There is neither a file nor a command “segmant”; see: cryoves --help"
    ]


def test_the_process_that_waits_for_the_worker_stays_light(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom cryoves_app.cli.main import main\n"
        f"code = main(['segment', {str(tmp_path / 'gone.mrc')!r}, '-o', {str(tmp_path / 'out')!r}])\n"
        "sys.stdout.write(' '.join(m for m in ('scipy', 'skimage', 'openvino', 'matplotlib') if m in sys.modules))\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "gone.mrc" in done.stderr


def test_a_terminal_of_few_characters_is_no_reason_to_fail() -> None:
    done = subprocess.run(
        command("nonsense"),
        capture_output=True,
        env={**environment(), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.decode("ascii").startswith("There is neither a file nor a command ?nonsense?")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["x" * 5000], "There is neither a file nor a command “xxx"),
        (["evaluate", "x" * 5000, "y"], "There is no file xxx"),
        (["batch", "x" * 5000, "-o", "out"], "name too long"),
        (["segment", "x" * 5000, "-o", "out"], "name too long"),
    ],
)
def test_names_that_no_file_can_have_are_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("segment", "t.mrc", "-o", "out", "--voxel-size", "1e300"),
        ("segment", "t.mrc", "-o", "out", "--voxel-size", "nan"),
        ("simulate", "-o", "out", "--shape", "9999999,9999999,9999999"),
    ],
)
def test_numbers_beyond_all_measure_are_wrong_usage(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert words[-1] in capsys.readouterr().err

"""The adapt command, as a user types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.cli.main import main
from tests.cli import program
from tests.needs import needs_training


@needs_training
def test_a_tomogram_that_is_not_there_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    done = program.run("adapt", tmp_path / "gone.mrc", "-o", tmp_path / "new", data=tmp_path / "user")
    assert done.returncode == 1
    assert str(tmp_path / "gone.mrc") in done.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("new")] == []


@pytest.mark.parametrize("wrong", [["--epochs", "0"], ["--voxel-size", "-1"], ["--learning-rate", "x"]])
def test_wrong_usage(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["adapt", "a.mrc", "-o", str(tmp_path / "m"), *wrong])
    assert stop.value.code == 2

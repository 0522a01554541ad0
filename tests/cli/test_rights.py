"""Folders of others, into which one may not look: a sentence, and never a refusal of what does not need them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.project import Project
from cryoves_app.formats.project.project_file import write_project
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from tests.cli.program import command, environment
from tests.formats.mrc_bytes import write_mrc_bytes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="rights as Linux has them")


def _bound(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the program; the administrator without the privilege that lifts all rights."""
    words = command(*arguments)
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("rights do not bind the administrator")
        words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *words]
    return subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=100, check=False)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A tomogram in a folder that is closed."""
    folder = tmp_path / "alice"
    folder.mkdir()
    values = np.random.default_rng(0).normal(size=(20, 20, 20)).astype("f4")
    path = write_mrc_bytes(folder / "t.mrc", values)
    write_project(folder / "t.cryoves", Project(reference_to(open_volume(path, 2.0), folder / "t.cryoves")))
    write_project(
        tmp_path / "t.cryoves", Project(reference_to(open_volume(path, 2.0), tmp_path / "t.cryoves"))
    )
    folder.chmod(0)
    yield path
    folder.chmod(0o700)


@pytest.mark.parametrize(
    "words",
    [
        ("segment", "CLOSED", "-o", "OUT"),
        ("evaluate", "CLOSED", "CLOSED"),
        ("batch", "CLOSED", "-o", "OUT"),
        ("export", "PROJECT", "-o", "OUT"),
        ("export", "OPEN", "-o", "OUT"),
        ("train", "FOLDER", "-o", "OUT"),
        ("segment", "CLOSED", "-o", "OUT", "--recipe", "CLOSED"),
    ],
)
def test_what_may_not_be_read_is_one_sentence(tmp_path: Path, closed: Path, words: tuple[str, ...]) -> None:
    names = {
        "CLOSED": closed,
        "FOLDER": closed.parent,
        "PROJECT": closed.with_suffix(".cryoves"),
        "OPEN": tmp_path / "t.cryoves",
        "OUT": tmp_path / "out",
    }
    done = _bound(*(names.get(word, word) for word in words))
    (sentence,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert "permission denied" in sentence or "is not there any more" in sentence
    assert "cannot be used" not in sentence  # the last resort
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("figure", "OPEN", "-o", "INTO.png"),
        ("figure", "OPEN", "-o", "INTO", "--sweep"),
        ("simulate", "-o", "INTO"),
        ("model", "export", "default", "-o", "INTO"),
        ("train", "BESIDE", "-o", "INTO"),
    ],
)
def test_where_nothing_may_be_written_is_one_sentence(
    tmp_path: Path, closed: Path, words: tuple[str, ...]
) -> None:
    project = tmp_path / "t.cryoves"
    _own_copy(closed, tmp_path)
    names = {"OPEN": project, "BESIDE": tmp_path}
    into = str(closed.parent / "new")
    done = _bound(*(names.get(word, word.replace("INTO", into)) for word in words))
    (sentence,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert "could not be written: there is no right to write there" in sentence


def test_a_copy_of_the_tomogram_beside_a_project_of_somebody_else_is_found(
    tmp_path: Path, closed: Path
) -> None:
    _own_copy(closed, tmp_path)
    done = _bound("export", tmp_path / "t.cryoves", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")


def _own_copy(closed: Path, folder: Path) -> None:
    closed.parent.chmod(0o700)
    shutil.copyfile(closed, folder / closed.name)
    closed.parent.chmod(0)

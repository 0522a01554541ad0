"""Weight files of others, read in a process that can be stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.model_store import import_weights, load_model
from cryoves_app.network.weight_files import write_weights
from cryoves_app.network.weight_reader import read_weights
from cryoves_app.network.weights import Weights
from cryoves_app.storage import reading_process
from tests.cli.program import command, environment, run_python


def test_all_numbers_come_over(tmp_path: Path, weights: Weights) -> None:
    write_weights(tmp_path / "a.weights.h5", weights)
    found = read_weights(tmp_path / "a.weights.h5")
    assert found.architecture == weights.architecture
    assert found.sha256() == weights.sha256()


def test_the_published_weights_come_over(shared_data: Path) -> None:
    model = load_model(shared_data / "cryovesnet_weights" / "weights.h5")
    assert model.weights().sha256() == model.weights_hash


def test_sentences_come_over(tmp_path: Path, weights: Weights) -> None:
    path = tmp_path / "cut.h5"
    write_weights(path, weights)
    path.write_bytes(path.read_bytes()[:30_000])
    with pytest.raises(
        CryoVesError, match=r"“cut\.h5” is damaged or not complete, so its weights cannot be read"
    ):
        read_weights(path)
    with pytest.raises(CryoVesError, match=r"“none\.h5”: this file cannot be opened"):
        read_weights(tmp_path / "none.h5")


@pytest.mark.parametrize("name", ["zlib-error.keras", "lzma-error.keras"])
def test_archives_that_cannot_be_unpacked(shared_cases: Path, name: str) -> None:
    with pytest.raises(CryoVesError, match=f"“{name}” is damaged or not complete"):
        import_weights(shared_cases / "faults" / name, "foreign")


def test_a_file_that_keeps_its_reader_busy_for_ever(
    shared_cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_process, "LIMIT_SECONDS", 3.0)
    with pytest.raises(
        CryoVesError, match=r"endless-loop\.h5” is damaged: reading its weights comes to no end"
    ):
        import_weights(shared_cases / "faults" / "weights-endless-loop.h5", "endless")


def test_a_reader_that_dies_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    monkeypatch.setattr(
        reading_process, "own_command", lambda: [sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"]
    )
    with pytest.raises(CryoVesError, match=r"“a\.h5” is damaged: reading its weights comes to no good end"):
        read_weights(tmp_path / "a.h5")


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_a_reader_that_the_system_killed_says_nothing_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    monkeypatch.setattr(reading_process, "own_command", lambda: killed)
    with pytest.raises(CryoVesError, match=r"read “a\.h5” was killed .* memory ran out; close other"):
        read_weights(tmp_path / "a.h5")


_UNDER_LIMIT = """
import resource, sys
from pathlib import Path
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.reading_process import read_apart
resource.setrlimit(resource.RLIMIT_AS, (90 << 20, 90 << 20))
try:
    read_apart("--read-weights", Path({path!r}), "its weights")
except CryoVesError as error:
    print(error)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of Linux")
def test_a_reader_without_room_for_its_libraries_says_nothing_of_the_file(
    tmp_path: Path, weights: Weights
) -> None:
    write_weights(tmp_path / "a.weights.h5", weights)
    done = run_python(_UNDER_LIMIT.format(path=str(tmp_path / "a.weights.h5")))
    assert done.stdout.startswith(
        "“a.weights.h5” could not be read for want of memory; raise the limit of 94 MB"
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_the_command_ends_when_it_is_told_to_while_a_file_keeps_it_busy(shared_cases: Path) -> None:
    path = shared_cases / "faults" / "weights-endless-loop.h5"
    process = subprocess.Popen(
        command("model", "import", path, "--name", "endless"),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) != 0
    finally:
        process.kill()

"""Files of a network where memory is short: they are not called damaged."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import NoReturn

import h5py
import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.checkpoint import STATE, Checkpoint, load_checkpoint, save_checkpoint
from cryoves_app.network.weight_files import parse_weights, write_weights
from tests.limited import needs_limit, under_limit
from tests.network.conftest import lively_weights

_SCRIPT = """
from pathlib import Path
import h5py
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.checkpoint import load_checkpoint
from cryoves_app.network.weight_files import parse_weights
from cryoves_app.network.weights import random_weights

def attempt(read, path):
    try:
        read(Path(path))
        print("read")
    except MemoryError:
        print("no memory")
    except CryoVesError as error:
        print(error)
"""


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A training after an epoch, whose state takes 64 MB."""
    state = [np.zeros(16 << 20, np.float32)]
    save_checkpoint(tmp_path / "a.training", Checkpoint({}, [], 0.5, 1, lively_weights(), state))
    return tmp_path / "a.training"


@needs_limit
def test_a_checkpoint_for_which_there_is_no_room_is_not_damaged(trained: Path) -> None:
    attempt = f"attempt(load_checkpoint, {str(trained)!r})"
    assert under_limit(f"{_SCRIPT}\nleave(400 << 20)\n{attempt}") == ["read"]
    assert under_limit(f"{_SCRIPT}\nleave(32 << 20)\n{attempt}") == ["no memory"]


def test_a_checkpoint_that_asks_for_more_than_any_computer_has_is_damaged(trained: Path) -> None:
    with zipfile.ZipFile(trained / STATE, "w") as archive:
        archive.writestr("about.npy", _header_of(2))
        archive.writestr("state_0000.npy", _header_of(1 << 50))
    with pytest.raises(CryoVesError, match="is damaged"):
        load_checkpoint(trained)


def _header_of(count: int) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"shape": (count,), "fortran_order": False, "descr": "|u1"})
    return stream.getvalue() + b"{}"


@needs_limit
def test_weights_for_which_there_is_no_room_are_not_damaged(tmp_path: Path) -> None:
    write_weights(tmp_path / "a.weights.h5", lively_weights(filters=64))
    attempt = f"attempt(parse_weights, {str(tmp_path / 'a.weights.h5')!r})"
    assert under_limit(f"{_SCRIPT}\nleave(400 << 20)\n{attempt}") == ["read"]
    assert under_limit(f"{_SCRIPT}\nleave(8 << 20)\n{attempt}") == ["no memory"]


def test_weights_that_ask_for_more_than_any_computer_has_are_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_weights(tmp_path / "a.weights.h5", lively_weights())

    def refuse(*_: object) -> NoReturn:
        raise MemoryError("Unable to allocate 1.00 PiB")

    monkeypatch.setattr(h5py, "File", refuse)
    with pytest.raises(CryoVesError, match="is damaged"):
        parse_weights(tmp_path / "a.weights.h5")

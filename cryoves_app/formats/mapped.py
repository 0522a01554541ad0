"""Arrays that live in files: only what is touched is read."""

from __future__ import annotations

import bz2
import gzip
import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.atomic import FORGOTTEN_S

_PREFIX = "cryoves-"
_GZIP, _BZIP2 = b"\x1f\x8b", b"BZh"


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file that has to exist.

    Raises
    ------
    CryoVesError
        If there is no such file, it is a folder, or it may not be read.
    """
    if path.is_dir():
        raise CryoVesError(f"{path} is a folder; give a tomogram file.")
    try:
        with path.open("rb") as stream:
            return stream.read(count)
    except FileNotFoundError:
        raise CryoVesError(f"{path} does not exist.") from None
    except OSError as error:
        raise CryoVesError(f"{path} could not be read: {(error.strerror or str(error)).lower()}.") from error


def is_compressed(path: Path) -> bool:
    start = first_bytes(path, 3)
    return start.startswith((_GZIP, _BZIP2))


def decompress(path: Path) -> Path:
    """A temporary file with the unpacked content of a .gz or .bz2 file; the caller removes it.

    Compressed files cannot be mapped, so they are unpacked once, by block.
    """
    opener = gzip.open if first_bytes(path, 2) == _GZIP else bz2.open
    target = temporary_file("unpacked")
    try:
        with opener(path, "rb") as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 22)
    except (OSError, EOFError) as error:
        remove_quietly(target)
        raise CryoVesError(f"{path} could not be unpacked: it is damaged or cut short.") from error
    return target


def temporary_file(kind: str) -> Path:
    """A new empty file on the local disk; those that killed programs left long ago are cleared away."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*.{kind}"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > FORGOTTEN_S:
                old.unlink()
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=f".{kind}")
    os.close(handle)
    return Path(name)


def map_array(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], offset: int) -> NDArray[Any]:
    """A read-only array over a file."""
    return np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=shape)


def remove_with(data: NDArray[Any], path: Path) -> None:
    """Remove a temporary file as soon as no array uses its map any more."""
    owner: Any = data
    while getattr(owner, "base", None) is not None:
        owner = owner.base
    weakref.finalize(owner, remove_quietly, path)


def remove_quietly(path: Path) -> None:
    with suppress(OSError):
        path.unlink()

"""Results of steps on disk, under keys made from all that they depend on."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cryoves_app.formats.reserved import reserve_array
from cryoves_app.storage.replacing import replacing
from cryoves_app.workflow.jobs.codec import from_plain, to_plain

T = TypeVar("T")


def key_of(*parts: Any) -> str:
    """A short hash of anything made of plain values and dataclasses."""
    text = json.dumps(parts, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


class StepCache:
    """A ``folder`` of arrays and tables; a file under its final name is complete."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def array(self, name: str) -> Path:
        return self.folder / f"{name}.npy"

    @contextmanager
    def writing(
        self, path: Path, shape: tuple[int, ...], dtype: type[np.generic] = np.float32
    ) -> Iterator[NDArray[Any]]:
        """A memory-mapped array that becomes ``path`` if nothing goes wrong."""
        with replacing(path) as partial:
            out: Any = reserve_array(partial, shape, dtype)
            yield out
            out.flush()
            del out

    def read(self, name: str, kind: type[T]) -> T | None:
        """A value that was written under a name; ``None`` where there is none that can be used."""
        try:
            return from_plain(kind, json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None

    def write(self, name: str, value: object) -> None:
        """Keep a value that ``jobs.codec`` knows."""
        with replacing(self.folder / f"{name}.json") as partial:
            partial.write_text(json.dumps(to_plain(value)), encoding="utf-8")

    def read_arrays(self, name: str) -> dict[str, NDArray[Any]] | None:
        """Several arrays that were kept together; ``None`` where there are none that can be used."""
        try:
            with np.load(self.folder / f"{name}.npz") as kept:
                return {key: kept[key] for key in kept.files}
        except (
            OSError,
            ValueError,
            RuntimeError,
            EOFError,
            zipfile.BadZipFile,
        ):  # as damage to a zip file may be
            return None

    def write_arrays(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        with replacing(self.folder / f"{name}.npz") as partial, partial.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

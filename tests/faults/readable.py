"""Whether a file can be read by the program, or, where the program only writes it, by others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.formats.tables.rows import read_rows
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.weight_files import parse_weights


def _read_volume(path: Path) -> None:
    volume = open_volume(path)
    for plane in range(len(volume.data)):
        np.asarray(volume.data[plane])


def _check_picture(path: Path) -> None:
    with Image.open(path) as picture:
        picture.load()


def _check_onnx(path: Path) -> None:
    import onnx

    onnx.checker.check_model(onnx.load(path))


def _check_glb(path: Path) -> None:
    raw = path.read_bytes()
    if raw[:4] != b"glTF" or int.from_bytes(raw[8:12], "little") != len(raw):
        raise ValueError("a scene that is cut off")


def _check_text(path: Path) -> None:
    if not path.read_text(encoding="utf-8").endswith("\n"):
        raise ValueError("a last line that is cut off")


_READERS: dict[str, Callable[[Path], object]] = {
    ".cryoves": read_project,
    ".mrc": _read_volume,
    ".mod": read_model,
    ".csv": lambda path: read_rows(path, "results"),
    ".star": _check_text,
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
    ".png": _check_picture,
    ".onnx": _check_onnx,
    ".h5": parse_weights,
    ".glb": _check_glb,
}


def why_unreadable(path: Path) -> str:
    """What is wrong with a file; nothing if it is whole."""
    try:
        _READERS.get(path.suffix, lambda path: path.read_bytes())(path)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the file is not whole
        return f"{type(error).__name__}: {error}"
    return ""

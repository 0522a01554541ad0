"""Kinds of files that are folders or archives, or are read in a process of their own."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.architecture import Architecture
from cryoves_app.network.model_store import WEIGHTS, load_model, make_card, write_folder
from cryoves_app.network.weight_files import write_weights
from cryoves_app.network.weight_reader import answer_for
from cryoves_app.network.weights import random_weights
from tests.formats.zarr_images import write_image
from tests.fuzz.bundle import pack, unpack
from tests.fuzz.reading_process import ReadingProcess

#: In which a few kilobytes of weights must be read; the program itself allows more, for larger ones.
_CPU_SECONDS = 3
GREY = np.random.default_rng(1).normal(0, 50, (6, 10, 12)).astype(np.int16)


def as_tomogram(path: Path) -> None:
    volume = open_volume(path)
    for plane in (0, len(volume.data) // 2, -1):
        np.asarray(volume.data[plane])


_READING = ReadingProcess(answer_for, _CPU_SECONDS)


def as_weights(path: Path) -> None:
    """As the program does it, in a process of its own that may be stopped."""
    _READING.give(path)


def as_model_folder(path: Path) -> None:
    """A folder that somebody was given: what its card says, and its weights."""
    folder = unpack(path)
    model = load_model(folder)
    _ = model.target_inset_nm, model.voxel_size_nm
    as_weights(folder / WEIGHTS)


def as_image_folder(path: Path) -> None:
    as_tomogram(unpack(path))


def write_keras(path: Path) -> None:
    """As Keras 3 packs it."""
    write_weights(path.with_suffix(".h5"), random_weights(Architecture(2, 2), 1))
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(path.with_suffix(".h5"), "model.weights.h5")
        archive.writestr("config.json", "{}")
        archive.writestr("metadata.json", '{"keras_version": "3.8.0"}')


def write_model_folder(path: Path) -> None:
    folder = path.with_name("whole-model")
    weights = random_weights(Architecture(2, 2), 1)
    write_folder(folder, weights, make_card(weights, "a", ""))
    pack(folder, path)


def write_image_folder(path: Path) -> None:
    folder = path.with_name("image.zarr")
    write_image(folder, GREY, version=2)
    pack(folder, path)


def write_image_archive(path: Path) -> None:
    folder = path.with_name("image.zarr")
    write_image(folder, GREY, version=3, levels=2)
    with zipfile.ZipFile(path, "w") as archive:
        for inside in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(inside, inside.relative_to(folder))


Kind = tuple[Callable[[Path], object], Callable[[Path], object]]


def _write_h5(path: Path) -> None:
    write_weights(path, random_weights(Architecture(2, 2), 1))


NETWORK_KINDS: dict[str, Kind] = {
    "w.h5": (_write_h5, as_weights),
    "w.keras": (write_keras, as_weights),
    "model": (write_model_folder, as_model_folder),
}
IMAGE_KINDS: dict[str, Kind] = {
    "t.zarr": (write_image_folder, as_image_folder),
    "t.zarr.zip": (write_image_archive, as_tomogram),
}

"""The network's input of a tomogram that it learns from: made by the rule by which segmenting makes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.grey.contrast import first_contrast, measure_contrast
from cryoves_app.analysis.grey.survey import survey_grey
from cryoves_app.analysis.network_input.coarse_input import is_coarse, prepare_coarse
from cryoves_app.analysis.network_input.preprocess import (
    REFERENCE_RADIUS_NM,
    REFERENCE_VOXEL_NM,
    NetworkGrid,
    prepare_input,
)
from cryoves_app.domain.arrays import Grey, Mask
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe_settings import Contrast
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.reserved import write_array
from cryoves_app.storage.replacing import replacing


@dataclass(frozen=True)
class ScanInput:
    """Grey values in half precision, and where they hold data (1, else 0; ``None``: everywhere), memory-mapped."""

    image: NDArray[np.float16]
    with_data: Mask | None


def scan_input(volume: Volume, grid: NetworkGrid, path: Path) -> ScanInput:
    """Make the input and keep it in ``path``, or take what is kept there: a dataset need not fit into memory.

    A training that goes on keeps the input that it began with.

    Raises
    ------
    CryoVesError
        If it cannot be kept.
    """
    known = path.with_name(f"{path.stem}_known.npy")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            image, with_data = _made(volume, grid)
            if with_data is not None:  # complete before the image is
                _write(known, with_data)
            _write(path, image.astype(np.float16))
        mask = np.load(known, mmap_mode="r") if known.is_file() else None
        return ScanInput(np.load(path, mmap_mode="r"), mask)
    except OSError as error:
        raise CryoVesError(
            f"The dataset cannot be kept in {path.parent}: {error.strerror or error}."
        ) from error


def _made(volume: Volume, grid: NetworkGrid) -> tuple[Grey, Mask | None]:
    """Image and mask; dense matter is dark in the image, as it is when the network is used."""
    radius_nm = REFERENCE_RADIUS_NM * grid.voxel_size_nm / REFERENCE_VOXEL_NM
    model = survey_grey(volume.data, volume.voxel_size_nm, radius_nm)
    image: Grey = np.empty(grid.shape, np.float32)
    with_data = np.ones(grid.shape, np.uint8) if model is not None and model.touched else None
    write = prepare_coarse if is_coarse(grid, volume.voxel_size_nm) else prepare_input
    write(volume.data, grid, volume.voxel_size_nm, image, grey=model, with_data=with_data)
    evidence = measure_contrast(image, with_data)
    if first_contrast(evidence, volume.info.is_inverted) is Contrast.BRIGHT:
        np.negative(image, out=image)
    return image, with_data


def _write(path: Path, values: NDArray[Any]) -> None:
    with replacing(path) as temporary:
        write_array(temporary, values)

"""The network's probabilities as far as a run kept them, for exports that can hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file
from cryoves_app.domain.volume import GridMap, Volume
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.segment.results import PROBABILITY, probability_slices


@dataclass(frozen=True)
class KeptMap:
    """Probabilities on the tomogram's grid or one of their own, if there are any, and what is told of them."""

    values: GridMap | Volume | None = None
    sentence: str = ""


def map_beside(project_path: Path, volume: Volume) -> KeptMap:
    """The map that ``segment --keep-probability`` left beside the project; none where it is not of this tomogram."""
    path = project_path.with_name(PROBABILITY)
    if not is_file(path):
        return KeptMap()
    try:
        return KeptMap(_opened(path, volume), f" With the probabilities in {path}.")
    except CryoVesError as error:
        return KeptMap(sentence=f" Probabilities were left out: {error}")


def given_map(path: Path, volume: Volume) -> KeptMap:
    """A map that the user names.

    Raises
    ------
    CryoVesError
        If it cannot be read, or has another shape than the tomogram.
    """
    return KeptMap(_opened(path, volume), f" With the probabilities in {path}.")


def map_slices(found: GridMap | Volume, volume: Volume) -> Iterator[NDArray[np.float32]]:
    """Slices ``(y, x)`` along z on the tomogram's grid; zeros where nothing was computed."""
    if isinstance(found, GridMap):
        yield from probability_slices(found, volume.shape, volume.voxel_size_nm)
    else:
        yield from (np.asarray(found.data[z], np.float32) for z in range(volume.shape[0]))


def _opened(path: Path, volume: Volume) -> Volume:
    found = open_volume(path, volume.info.voxel_size_nm)
    if found.shape != volume.shape:
        sizes = (" × ".join(map(str, reversed(shape))) for shape in (found.shape, volume.shape))
        raise CryoVesError("{} is {} voxels large, the tomogram {}.".format(path, *sizes))
    return found

"""The levels of an OME-Zarr image, from which one is chosen to be opened."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.units import angstrom_from_nm, nm_from_angstrom
from cryoves_app.formats.ome_zarr.arrays import MOST_SLICE_BYTES, read_array_facts
from cryoves_app.formats.ome_zarr.image import Image, find_image, image_above, is_same_place
from cryoves_app.formats.ome_zarr.place import Place, zarr_place

#: Voxels of the largest level that is proposed: more than a tomogram at the voxel sizes at which vesicles are
#: segmented, and so many are looked through in minutes.
MOST_PROPOSED = 1_000_000_000


@dataclass(frozen=True)
class OfferedLevel:
    """A level as a choice: what path opens it, its shape ``(z, y, x)`` and voxel size in nm along z, y and x."""

    path: Path
    name: str
    shape: tuple[int, int, int]
    voxel_nm: tuple[float, float, float] | None
    is_meant: bool = False  # by the path that was asked about
    slice_bytes: int = 0  # of memory that a look at it takes

    @property
    def voxels(self) -> int:
        """How many."""
        return math.prod(self.shape)

    @property
    def words(self) -> tuple[str, str, str, str]:
        """Name, voxel size, x × y × z, and millions of voxels."""
        z, y, x = self.shape
        return self.name, _size_words(self.voxel_nm), f"{x} × {y} × {z}", f"{self.voxels / 1e6:,.3g}"


def levels_to_choose(path: Path) -> tuple[OfferedLevel, ...]:
    """The levels of the image that a path means; none where it means a single level, or something else.

    Raises
    ------
    CryoVesError
        If the image's description cannot be understood.
    """
    place = zarr_place(path)
    image = _read_image(place) if place is not None else None
    return _offered(image, Path(place.name), image.levels[0].place) if place and image else ()


def levels_around(path: Path) -> tuple[OfferedLevel, ...]:
    """The same for the image of which a path is a level, too.

    Raises
    ------
    CryoVesError
        If the image's description cannot be understood.
    """
    place = zarr_place(path)
    with reading(path, "an OME-Zarr image"):
        above = image_above(place) if place is not None else None
    if place is None or above is None:
        return levels_to_choose(path)
    return _offered(above, Path(above.place.name), place)


def proposed_level(levels: Sequence[OfferedLevel]) -> int:
    """Index of the finest level of no more than ``MOST_PROPOSED`` voxels; of the smallest where all have more.

    Those of which a slice takes much memory, because they are cut into large chunks, count as larger ones do.
    """
    fitting = [
        n
        for n, level in enumerate(levels)
        if level.voxels <= MOST_PROPOSED and level.slice_bytes <= MOST_SLICE_BYTES
    ]
    among = fitting or range(len(levels))
    largest = max if fitting else min
    return largest(among, key=lambda n: levels[n].voxels)


def _read_image(place: Place) -> Image | None:
    with reading(Path(place.name), "an OME-Zarr image"):
        return find_image(place)


def _offered(image: Image, whole: Path, meant: Place) -> tuple[OfferedLevel, ...]:
    """Those that can be read; the finest is opened by the image's own path, as it is everywhere else."""
    found = []
    for number, level in enumerate(image.levels):
        try:
            facts = read_array_facts(level.place)
        except CryoVesError:  # opening it would say what is wrong
            continue
        z, y, x = facts.shape[-3:]
        size = level.voxel_angstrom
        nm = (
            (nm_from_angstrom(size[0]), nm_from_angstrom(size[1]), nm_from_angstrom(size[2]))
            if size
            else None
        )
        path = Path(level.place.name) if number else whole
        meant_here = is_same_place(level.place, meant)
        found.append(OfferedLevel(path, level.path, (z, y, x), nm, meant_here, facts.slice_bytes))
    return tuple(found)


def _size_words(voxel_nm: tuple[float, float, float] | None) -> str:
    if voxel_nm is None:
        return "not known"
    sizes = [f"{angstrom_from_nm(nm):.4g}" for nm in reversed(voxel_nm)]
    return f"{sizes[0] if len(set(sizes)) == 1 else ' × '.join(sizes)} Å"

"""Opens a level of an OME-Zarr image as a tomogram."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.units import nm_from_angstrom
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.domain.wording import bytes_in_words
from cryoves_app.formats.ome_zarr.arrays import MOST_SLICE_BYTES, ArrayFacts, read_array_facts
from cryoves_app.formats.ome_zarr.chunks import ChunkedArray
from cryoves_app.formats.ome_zarr.identity import missing_share
from cryoves_app.formats.ome_zarr.image import Image, ZarrLevel, find_image, image_above, is_same_place
from cryoves_app.formats.ome_zarr.place import Place, zarr_place
from cryoves_app.formats.voxel_size import one_size, sizes_that_differ

#: A sentence tells of missing chunks from this share on.
_MANY_MISSING = 0.05


def load_library() -> None:
    """Loads the library that reads Zarr, so that the first image does not wait for it (half a second)."""
    import zarr.storage  # noqa: F401


def open_ome_zarr(path: Path) -> Volume:
    """Opens an image at its finest level, or the level that the path names; chunks are read when they are touched.

    A plain Zarr array is opened, too; nothing says its voxel size.

    Parameters
    ----------
    path
        The folder, a zipped one, one of its metadata files, or a level inside (``b12.zarr/1``).

    Raises
    ------
    CryoVesError
        If it holds no grey volume, its description cannot be true, or it is packed in a way that is not known.
    """
    with reading(path, "an OME-Zarr image"):
        place = zarr_place(path)
        if place is None:
            raise CryoVesError(f"{path} holds no Zarr image.")
        image = find_image(place)
        if image is not None:
            return _volume(place, image.levels[0], image)
        above = image_above(place)
        if above is None:
            return _volume(place, ZarrLevel(place, "", None, (0.0, 0.0, 0.0)), None)
        level = next(found for found in above.levels if is_same_place(found.place, place))
        return _volume(place, level, above)


def _volume(place: Place, level: ZarrLevel, image: Image | None) -> Volume:
    facts = read_array_facts(level.place)
    if any(n != 1 for n in facts.shape[:-3]):
        extra = " × ".join(map(str, facts.shape[:-3]))
        raise CryoVesError(
            f"{place.name} holds {extra} volumes (times or channels); a tomogram is one: save it alone."
        )
    _refuse_beyond_memory(facts)
    data = ChunkedArray(facts, _opened(facts))
    return Volume(_info(place, level, image, facts, data), data)


def _opened(facts: ArrayFacts) -> Any:
    """The array as the library reads it."""
    import zarr  # slow to load, and only needed for these

    from cryoves_app.formats.ome_zarr.guarded_store import GuardedStore

    place = facts.place
    files = zarr.storage.ZipStore(place.store, mode="r") if place.is_zipped else None
    store = files or zarr.storage.LocalStore(place.store / place.inner, read_only=True)
    path = place.inner if place.is_zipped else ""
    return zarr.open_array(GuardedStore(store, facts, path), path=path, mode="r")


def _info(
    place: Place, level: ZarrLevel, image: Image | None, facts: ArrayFacts, data: ChunkedArray
) -> VolumeInfo:
    sizes = level.voxel_angstrom
    nm = None
    if sizes is not None:
        z, y, x = (nm_from_angstrom(size) for size in sizes)
        nm = (x, y, z)
    z0, y0, x0 = level.origin_angstrom
    return VolumeInfo(
        shape=data.shape,
        dtype=data.dtype,
        voxel_size_nm=one_size(nm),
        origin_angstrom=(x0, y0, z0),
        path=place.name,
        warnings=tuple(
            filter(
                None,
                [
                    _levels_sentence(level, image),
                    _chunks_sentence(facts, level, image),
                    _missing_sentence(place, facts),
                ],
            )
        ),
        header_voxel_size_nm=one_size(nm),
        header_sizes_nm=sizes_that_differ(nm),
        level=_place_among(level, image),
    )


def _place_among(level: ZarrLevel, image: Image | None) -> tuple[int, int] | None:
    if image is None or len(image.levels) < 2:
        return None
    return image.levels.index(level), len(image.levels)


def _levels_sentence(level: ZarrLevel, image: Image | None) -> str:
    """Which level was taken, where there are others."""
    if image is None or len(image.levels) < 2:
        return ""
    others = ", ".join(_described(other) for other in image.levels if other is not level)
    return (
        f"{Path(image.place.name).name} holds {len(image.levels)} levels; {_described(level)} is open. Others are "
        f"chosen in the step Open, and on the command line by their paths below it: {others}."
    )


def _refuse_beyond_memory(facts: ArrayFacts) -> None:
    """Before the memory goes: a chunk is unpacked as a whole."""
    available = psutil.virtual_memory().available
    if facts.slice_bytes > available:
        raise CryoVesError(
            f"{facts.place.name} is cut into chunks of which one takes {bytes_in_words(float(facts.slice_bytes))} of "
            f"memory, and {bytes_in_words(float(available))} are free. Open a coarser level, or write it anew in "
            "smaller chunks."
        )


def _chunks_sentence(facts: ArrayFacts, level: ZarrLevel, image: Image | None) -> str:
    """That a slice takes long and much memory, and which level takes less."""
    if facts.slice_bytes <= MOST_SLICE_BYTES:
        return ""
    coarser = image.levels[image.levels.index(level) + 1 :] if image else ()
    light = next((other for other in coarser if _is_light(other)), None)
    advice = f"the level {_described(light)} takes little, and so do" if light else "little take"
    return (
        f"{facts.place.name} is cut into large chunks, each of which is unpacked as a whole: a slice takes "
        f"{bytes_in_words(float(facts.slice_bytes))} of memory and its time; {advice} files with smaller chunks."
    )


def _is_light(level: ZarrLevel) -> bool:
    try:
        return read_array_facts(level.place).slice_bytes <= MOST_SLICE_BYTES
    except CryoVesError:  # opening it would say what is wrong
        return False


def _described(level: ZarrLevel) -> str:
    size = level.voxel_angstrom
    return f"{level.path} ({size[2]:.4g} Å)" if size else level.path


def _missing_sentence(place: Place, facts: ArrayFacts) -> str:
    share = missing_share(facts)
    if share < _MANY_MISSING:
        return ""
    return (
        f"{100 * share:.0f} % of the chunks of {place.name} are not there; by Zarr's rule they hold its fill value, "
        "and count as no data. If they were lost in copying, copy it again."
    )

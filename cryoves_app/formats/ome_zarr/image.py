"""OME's description of an image: its levels, axes, and what a voxel of each level measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.ome_zarr.place import Place

#: Units of length in ångström, as OME-Zarr lists them, and how people write them.
ANGSTROM_IN = {
    "angstrom": 1.0, "Å": 1.0, "å": 1.0, "nanometer": 10.0, "nm": 10.0, "micrometer": 1e4, "µm": 1e4, "um": 1e4,
    "picometer": 0.01, "pm": 0.01, "millimeter": 1e7, "mm": 1e7, "meter": 1e10, "m": 1e10,
}  # fmt: skip
_SPACE = ("z", "y", "x")


@dataclass(frozen=True)
class ZarrLevel:
    """One resolution: its array, and its voxel size and origin ``(z, y, x)`` in ångström, ``None`` where unknown."""

    place: Place
    path: str
    voxel_angstrom: tuple[float, float, float] | None
    origin_angstrom: tuple[float, float, float]


@dataclass(frozen=True)
class Image:
    """An image with its levels, the finest first, and the names of all its axes."""

    place: Place
    axes: tuple[str, ...]
    levels: tuple[ZarrLevel, ...]


def find_image(place: Place) -> Image | None:
    """The image that a node holds; ``None`` where it is none.

    Raises
    ------
    CryoVesError
        If its description cannot be understood.
    """
    attributes = place.attributes()
    if "bioformats2raw.layout" in attributes and not attributes.get("multiscales"):
        return find_image(place.child("0"))  # one image of a series, as converters lay it out
    multiscales = attributes.get("multiscales")
    if not isinstance(multiscales, list) or not multiscales:
        return None
    try:
        return _image(place, multiscales[0])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CryoVesError(f"The description of the image in {place.name} cannot be understood.") from error


def image_above(place: Place) -> Image | None:
    """The image of which an array is a level; ``None`` where there is none."""
    if place.is_zipped:
        above = Place(place.store, place.inner.rpartition("/")[0]) if place.inner else None
    else:
        above = Place(place.store.parent)
    image = find_image(above) if above is not None else None
    return image if image and any(is_same_place(level.place, place) for level in image.levels) else None


def is_same_place(one: Place, other: Place) -> bool:
    """Whether two places are the same node, one perhaps named by its folder and the other by its path within one."""
    return one.store / one.inner == other.store / other.inner


def _image(place: Place, found: Any) -> Image:
    axes = found.get("axes") or ["z", "y", "x"]
    names = tuple(str(axis["name"] if isinstance(axis, dict) else axis) for axis in axes)
    if len(set(names)) < len(names) or names[-3:] != _SPACE:
        raise CryoVesError(f"{place.name} has the axes {', '.join(names)[:60]}; a tomogram ends in z, y, x.")
    units = [_unit(axis) for axis in axes[-3:]]
    common = found.get("coordinateTransformations") or []
    levels = tuple(_level(place, item, common, units) for item in found["datasets"])
    if not levels:
        raise CryoVesError(f"The image in {place.name} has no level.")
    return Image(place, names, levels)


def _unit(axis: Any) -> float | None:
    said = axis.get("unit") if isinstance(axis, dict) else None
    return ANGSTROM_IN.get(said) if isinstance(said, str) else None


def _level(place: Place, item: Any, common: Sequence[Any], units: Sequence[float | None]) -> ZarrLevel:
    scale, shift = [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]
    has_scale = False
    for step in [*(item.get("coordinateTransformations") or []), *common]:
        if step["type"] == "scale":
            factors = _three(step["scale"])
            scale, shift = ([a * b for a, b in zip(v, factors, strict=True)] for v in (scale, shift))
            has_scale = True
        elif step["type"] == "translation":
            shift = [a + b for a, b in zip(shift, _three(step["translation"]), strict=True)]
    path = item["path"]
    known = has_scale and None not in units
    in_angstrom = [unit or 1.0 for unit in units]
    z, y, x = (a * b for a, b in zip(scale, in_angstrom, strict=True))
    at_z, at_y, at_x = (a * b if known else 0.0 for a, b in zip(shift, in_angstrom, strict=True))
    return ZarrLevel(place.child(path), path, (z, y, x) if known else None, (at_z, at_y, at_x))


def _three(values: Sequence[Any]) -> list[float]:
    """The last three of a transformation's numbers, which are those of z, y and x."""
    found = [float(v) for v in values[-3:]]
    if len(found) < 3 or not all(abs(v) < 1e15 for v in found):
        raise ValueError("a transformation has no three usable numbers")
    return found

"""What ImageJ, OME and tifffile write down about the stack in a TIFF file; anything they say may be wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

_NM_PER_UNIT = {
    "nm": 1.0, "nanometer": 1.0, "nanometre": 1.0, "nanomètre": 1.0,
    "å": 0.1, "a": 0.1, "ang": 0.1, "angstrom": 0.1, "angström": 0.1, "ångstrom": 0.1, "ångström": 0.1,
    "pm": 1e-3, "picometer": 1e-3, "picometre": 1e-3,
    "µm": 1e3, "um": 1e3, "μm": 1e3, "micron": 1e3, "micrometer": 1e3, "micrometre": 1e3,
    "mm": 1e6, "millimeter": 1e6, "millimetre": 1e6, "cm": 1e7, "m": 1e9,
}  # fmt: skip
_MOST_PLANES = 1 << 20
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_DEFAULT_OME_UNIT = "µm"


@dataclass(frozen=True)
class StatedImage:
    """One image as the metadata describe it: how many planes, over how many dimensions, in which order.

    ``planes`` are the directories in the order of the third dimension. ``lengths`` are those of the dimensions beyond
    two that have more than one entry.
    """

    planes: range
    lengths: tuple[int, ...]


def imagej_fields(description: str) -> dict[str, str]:
    """The lines ``name=value`` of ImageJ's description; none where another program wrote it."""
    if not description.startswith("ImageJ="):
        return {}
    pairs = (line.partition("=") for line in description.splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def imagej_sizes_nm(fields: dict[str, str], per_x: float, per_y: float) -> tuple[float, float, float] | None:
    """Voxel sizes in x, y, z from ImageJ's spacing and the pixels per unit of the file; 0 for what is not known."""
    scale = nm_per(fields.get("unit", ""))
    if scale is None:
        return None
    y_scale = nm_per(fields["yunit"]) if "yunit" in fields else scale
    z_scale = nm_per(fields["zunit"]) if "zunit" in fields else scale
    return (
        scale / per_x if per_x > 0 else 0.0,
        (y_scale or 0.0) / per_y if per_y > 0 else 0.0,
        (z_scale or 0.0) * abs(number(fields.get("spacing")) or 0.0),
    )


def imagej_lengths(fields: dict[str, str]) -> tuple[int, ...]:
    """The lengths of ImageJ's dimensions beyond two, those of one left out."""
    if not fields:
        return ()
    stated = [_count(fields.get(name)) for name in ("channels", "slices", "frames")]
    lengths = tuple(n for n in stated if n > 1)
    images = _count(fields.get("images"))
    return lengths if lengths or images <= 1 else (images,)


def shaped_lengths(description: str, page_shape: Sequence[int]) -> tuple[int, ...] | None:
    """The lengths of the dimensions beyond those of a page, from the shape that tifffile writes down of what it wrote.

    ``None`` where another program wrote the file, or the shape is not one of such pages.
    """
    if not description.startswith('{"shape":'):
        return None
    try:
        shape = [int(n) for n in json.loads(description)["shape"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    beyond = len(shape) - len(page_shape)
    if (
        beyond < 0
        or shape[beyond:] != list(page_shape)
        or not all(0 < n < _MOST_PLANES for n in shape[:beyond])
    ):
        return None
    return tuple(n for n in shape[:beyond] if n > 1)


def ome_root(description: str) -> ElementTree.Element | None:
    """OME's metadata, if that is what the description is, and whole."""
    if not description.lstrip().startswith("<") or "OME" not in description[:4096]:
        return None
    try:
        return ElementTree.fromstring(description)
    except (ElementTree.ParseError, ValueError):
        return None


def ome_sizes_nm(root: ElementTree.Element, index: int = 0) -> tuple[float, float, float] | None:
    """Voxel sizes in x, y, z of one of OME's images; 0 for what is not known."""
    pixels = _pixels(root)
    if index >= len(pixels):
        return None
    about = pixels[index].attrib
    sizes = []
    for axis in "XYZ":
        scale = nm_per(about.get(f"PhysicalSize{axis}Unit", _DEFAULT_OME_UNIT))
        size = number(about.get(f"PhysicalSize{axis}"))
        sizes.append((scale or 0.0) * (size if size is not None and size > 0 else 0.0))
    return sizes[0], sizes[1], sizes[2]


def ome_images(root: ElementTree.Element, pages: int) -> list[StatedImage]:
    """OME's images and the directories that hold them; none where that does not go together with the file."""
    found: list[StatedImage] = []
    start = 0
    for pixels in _pixels(root):
        lengths = tuple(_count(pixels.attrib.get(f"Size{axis}")) for axis in "ZCT")
        planes = range(start, start + math.prod(lengths))
        if planes.stop > pages:
            return []
        found.append(StatedImage(planes, tuple(n for n in lengths if n > 1)))
        start = planes.stop
    return found if start == pages else []


def nm_per(unit: str) -> float | None:
    """How many nm a unit of length has, however it is written; ``None`` for what is none."""
    plain = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), unit).strip().strip('"').lower().rstrip(".")
    known = _NM_PER_UNIT.get(plain)
    return known if known is not None or len(plain) <= 2 else _NM_PER_UNIT.get(plain.removesuffix("s"))


def number(text: str | None) -> float | None:
    """A number with a point or, as some languages write it, a comma; ``None`` for anything else."""
    try:
        value = float((text or "").strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _pixels(root: ElementTree.Element) -> list[ElementTree.Element]:
    images = [e for e in root if _is(e, "Image")]
    return [pixels for image in images for pixels in image if _is(pixels, "Pixels")]


def _is(element: Any, tag: str) -> bool:
    return isinstance(element.tag, str) and element.tag.rpartition("}")[2] == tag


def _count(text: str | None) -> int:
    """A count of 1 or more, 1 for anything else."""
    value = number(text)
    return int(value) if value is not None and 1 <= value <= _MOST_PLANES else 1

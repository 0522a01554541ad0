"""What an IMOD model file holds, as far as it matters here. Coordinates are the file's own, in pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray


class ObjectFlag(IntFlag):
    """Bits of an object's flags."""

    OFF = 1 << 1
    OPEN = 1 << 3
    INSIDE_OUT = 1 << 5
    SCATTERED = 1 << 9


class ModelFlag(IntFlag):
    """Bits of the model's flags."""

    USUAL = 0xFC00  # among them bit 13: material is stored as bytes
    FLIPPED = 1 << 16  # y and z have changed places


class Unit:
    """Powers of ten of a metre, as the header gives the unit of the pixel size."""

    PIXEL = 0
    NANOMETRE = -9
    ANGSTROM = -10
    MICROMETRE = -6


#: A point's size that stands for the object's own.
DEFAULT_SIZE = -1.0


@dataclass(frozen=True)
class ImodContour:
    """Points of a model, with sizes of their own or without.

    Attributes
    ----------
    points : (n, 3) array
        ``x, y, z`` in pixels of the model's image.
    radii_px : (n,) array or None
        Radii of the points, for vesicles the outer ones, in the same unit.
    is_open
        Whether it is an open line, though the object's contours are closed.
    """

    points: NDArray[np.float32]
    radii_px: NDArray[np.float32] | None = None
    label: str = ""
    point_labels: dict[int, str] = field(default_factory=dict)
    surface: int = 0
    time: int = 0
    is_open: bool = False


@dataclass(frozen=True)
class ImodObject:
    """A named set of contours with a colour ``(r, g, b)`` in 0–1; ``radius_px`` is the points' default."""

    name: str
    contours: tuple[ImodContour, ...] = ()
    flags: int = 0
    colour: tuple[float, float, float] = (0.0, 1.0, 0.0)
    radius_px: int = 0

    @property
    def is_scattered(self) -> bool:
        """Whether its points stand for themselves."""
        return bool(self.flags & ObjectFlag.SCATTERED)

    @property
    def is_open(self) -> bool:
        """Whether its contours are open lines."""
        return bool(self.flags & ObjectFlag.OPEN) and not self.is_scattered


@dataclass(frozen=True)
class ImageReference:
    """The MINX chunk: the image on which the model lies; triples are ``(x, y, z)``, IMOD's sign."""

    scale_angstrom: tuple[float, float, float]
    origin_imod: tuple[float, float, float]


@dataclass(frozen=True)
class ImodModel:
    """A model: the size of its image ``(x, y, z)``, its pixel, and its objects."""

    size_px: tuple[int, int, int]
    objects: tuple[ImodObject, ...]
    pixel_size: float = 1.0
    unit: int = Unit.PIXEL
    z_scale: float = 1.0
    flags: int = ModelFlag.USUAL
    reference: ImageReference | None = None
    lost_points: int = 0  # left out when the file was read, since they had no place

    @property
    def is_flipped(self) -> bool:
        """Whether y and z of its points are exchanged."""
        return bool(self.flags & ModelFlag.FLIPPED)

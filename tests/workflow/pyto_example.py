"""A small synapse for Pyto: 16 vesicles in a region with an active zone, and its tomogram."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume, VolumeInfo

SHAPE = (26, 64, 64)
VOXEL_NM = 2.0
RADIUS_NM = 12.0


def box(z: float, low: float, high: float, right: float) -> Contour:
    return Contour(((z, low, low), (z, low, right), (z, high, right), (z, high, low)))


def cytoplasm() -> Region:
    return Region("cell", RegionKind.CYTOPLASM, tuple(box(z, 1.5, 56.5, 61.5) for z in range(26)))


def active_zone(tube_nm: float = 8.0, y: float = 58.0) -> Region:
    lines = tuple(Contour(((z, y, 5.0), (z, y, 58.0)), closed=False) for z in range(26))
    return Region("active zone", RegionKind.ACTIVE_ZONE, lines, tube_nm=tube_nm)


def vesicles() -> list[Vesicle]:
    places = [(y, x) for y in (9, 22, 35, 48) for x in (9, 24, 39, 54)]
    return [
        Vesicle(3 * n + 1, 13.0 * VOXEL_NM, y * VOXEL_NM, x * VOXEL_NM, RADIUS_NM)
        for n, (y, x) in enumerate(places)
    ]


def tomogram(zone: Region | None = None, bright: bool = False) -> Volume:
    """Grey 100, dark membranes (50) on the vesicles and where the zone's full tube lies."""
    grey = np.full(SHAPE, 100, np.int16)
    z, y, x = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    for v in vesicles():
        cz, cy, cx, r = v.sphere.to_px(VOXEL_NM)
        distance = np.sqrt((z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2)
        grey[(distance <= r) & (distance > r - 2)] = 50
    grey[rasterise(zone or active_zone(), SHAPE, VOXEL_NM) > 0] = 50
    data = 150 - grey if bright else grey
    return Volume(VolumeInfo(SHAPE, data.dtype, VOXEL_NM, header_voxel_size_nm=VOXEL_NM), data)


def moved(number: int, **changes: float) -> list[Vesicle]:
    """The vesicles with one of them changed."""
    return [replace(v, **changes) if v.id == number else v for v in vesicles()]

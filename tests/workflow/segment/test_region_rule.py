"""Regions of IMOD models as voxels: the rule of IMOD's own rasteriser, written down a second time and compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.draw import polygon2mask
from skimage.measure import points_in_poly

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import region_from_object
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.model import ImodContour, ImodModel, ImodObject
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model

SHAPE = (6, 24, 28)


def by_the_rule(item: ImodObject, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Closed contours of an object, points as they stand in the file: x, y, z, pixel centres at i + 0.5 and k."""
    slices: dict[int, list[NDArray[np.float64]]] = {}
    for contour in item.contours:
        points = np.asarray(contour.points, np.float64)
        z = int(np.floor(points[:, 2].mean() + 0.5)) if len(points) > 2 else -1
        ring = points[:, [1, 0]] - 0.5
        if 0 <= z < shape[0] and not any(np.array_equal(ring, r) for r in slices.get(z, [])):
            slices.setdefault(z, []).append(ring)
    mask = np.zeros(shape, np.uint8)
    for z, rings in slices.items():
        levels = [1 + sum(points_in_poly(r, o).all() for o in rings if o is not r) for r in rings]
        for level in sorted(set(levels)):
            for ring, own in zip(rings, levels, strict=True):
                if own == level:
                    mask[z][polygon2mask(shape[1:], ring)] = level % 2
    return mask


def _in_a_model(contours: list[list[tuple[float, float, float]]]) -> ImodModel:
    made = tuple(ImodContour(np.array(c, np.float32)) for c in contours)
    return ImodModel((SHAPE[2], SHAPE[1], SHAPE[0]), (ImodObject("cell", made),))


def _voxels(item: ImodObject, model: ImodModel, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    info = VolumeInfo(shape, np.dtype(np.int16), 2.0)
    return rasterise(
        region_from_object(item, RegionKind.CYTOPLASM, ModelFrame.of(model, info), 2.0), shape, 2.0
    )


PLACES = st.one_of(st.integers(-2, 30).map(float), st.floats(-2, 30, width=32, allow_subnormal=False))


@given(
    rings=st.lists(
        st.tuples(st.integers(0, 5), st.lists(st.tuples(PLACES, PLACES), min_size=3, max_size=7)),
        min_size=1,
        max_size=5,
    )
)
def test_any_closed_contours_from_a_file_are_filled_by_imods_rule(tmp_path_factory, rings) -> None:
    path = tmp_path_factory.getbasetemp() / "rule.mod"
    write_model(path, _in_a_model([[(x, y, float(z)) for x, y in ring] for z, ring in rings]))
    model = read_model(path)
    np.testing.assert_array_equal(
        _voxels(model.objects[0], model, SHAPE), by_the_rule(model.objects[0], SHAPE)
    )


def test_rings_within_rings_cut_holes() -> None:
    def square(low: float, high: float) -> list[tuple[float, float, float]]:
        return [(low, low, 2.0), (low, high, 2.0), (high, high, 2.0), (high, low, 2.0)]

    model = _in_a_model([square(2, 22), square(5, 18), square(8, 14)])
    mask = _voxels(model.objects[0], model, SHAPE)
    np.testing.assert_array_equal(mask, by_the_rule(model.objects[0], SHAPE))
    assert [int(mask[2, i, i]) for i in (3, 6, 10, 16, 20)] == [1, 0, 1, 0, 1]


def test_a_real_model_is_filled_by_imods_rule(shared_data: Path) -> None:
    model = read_model(shared_data / "imod_models" / "two_contour_example.mod")
    (item,) = model.objects
    wide, high, deep = model.size_px
    mask = _voxels(item, model, (deep, high, wide))
    assert mask.any()
    np.testing.assert_array_equal(mask, by_the_rule(item, (deep, high, wide)))

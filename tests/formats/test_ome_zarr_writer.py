"""OME-Zarr as it is written, read by the library and held against the standard's models."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import ome_zarr_models.v04
import ome_zarr_models.v05
import pydantic_zarr.v2
import pytest
import zarr

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.ome_zarr.writer import (
    CHUNK,
    LabelProperties,
    label_colour,
    write_ome_zarr_image,
    write_ome_zarr_labels,
)
from cryoves_app.formats.volume_file import open_volume
from tests.formats.zarr_images import grey

SHAPE = (70, 41, 300)
INFO = VolumeInfo(SHAPE, np.dtype("f4"), 1.469, origin_angstrom=(10.0, -20.0, 30.0))
for model in (ome_zarr_models.v04.Labels, ome_zarr_models.v04.Image, ome_zarr_models.v04.ImageLabel):
    model.model_rebuild(_types_namespace=vars(pydantic_zarr.v2))  # which it imports too late
MODELS: dict[str, Any] = {"0.4": ome_zarr_models.v04, "0.5": ome_zarr_models.v05}


def slabs(data: np.ndarray) -> list[np.ndarray]:
    return [data[k : k + CHUNK[0]] for k in range(0, len(data), CHUNK[0])]


def written(folder: Path, version: str) -> tuple[Path, np.ndarray, np.ndarray]:
    data, labels = grey(SHAPE), (grey(SHAPE) % 5).astype(np.uint16)
    path = folder / "b12.zarr"
    write_ome_zarr_image(path, slabs(data), data.dtype, INFO, version=version, name="b12")
    properties = [LabelProperties(n, {"id": 3 * n, "radius_nm": 20.5}) for n in range(1, 5)]
    write_ome_zarr_labels(path, slabs(labels), INFO, properties, version=version)
    return path, data, labels


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_image_and_labels_are_what_the_standard_wants(tmp_path: Path, version: str) -> None:
    path, data, labels = written(tmp_path, version)
    image = MODELS[version].Image.from_zarr(zarr.open_group(path, mode="r"))
    (scale, shift) = image.ome_attributes.multiscales[0].datasets[0].coordinateTransformations
    assert scale.scale == pytest.approx([14.69] * 3)
    assert shift.translation == [30.0, -20.0, 10.0]
    label = MODELS[version].ImageLabel.from_zarr(zarr.open_group(path / "labels" / "vesicles", mode="r"))
    told = label.ome_attributes.image_label
    assert [c.label_value for c in told.colors] == [1, 2, 3, 4]
    assert list(told.colors[1].rgba) == label_colour(2)
    assert np.array_equal(np.asarray(zarr.open_array(path / "0", mode="r")), data)
    assert np.array_equal(np.asarray(zarr.open_array(path / "labels" / "vesicles" / "0", mode="r")), labels)
    listed: Any = zarr.open_group(path / "labels", mode="r").attrs
    assert (listed if version == "0.4" else listed["ome"])["labels"] == ["vesicles"]


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_coarser_levels_average_and_lie_where_they_belong(tmp_path: Path, version: str) -> None:
    path, data, labels = written(tmp_path, version)
    coarse = zarr.open_array(path / "1", mode="r")
    assert coarse.shape == (35, 21, 150)
    assert coarse[3, 4, 5] == pytest.approx(data[6:8, 8:10, 10:12].mean(), rel=1e-6)
    assert coarse[34, 20, 149] == pytest.approx(data[68:70, 40:, 298:].mean(), rel=1e-6)
    assert np.array_equal(zarr.open_array(path / "labels/vesicles/1", mode="r")[:], labels[::2, ::2, ::2])
    info = open_volume(path / "1", 2.938).info
    assert info.origin_angstrom == pytest.approx((10 + 7.345, -20 + 7.345, 30 + 7.345))
    assert info.header_voxel_size_nm == pytest.approx(2.938)


def test_an_unknown_voxel_size_stays_unknown(tmp_path: Path) -> None:
    info = VolumeInfo((8, 9, 10), np.dtype("u1"))
    data = np.zeros((8, 9, 10), "u1")
    write_ome_zarr_image(tmp_path / "a.zarr", [data], data.dtype, info)
    assert open_volume(tmp_path / "a.zarr").info.header_voxel_size_nm is None


def test_neighbouring_numbers_differ_in_colour() -> None:
    colours = [tuple(label_colour(n)) for n in range(10, 60)]
    assert len(set(colours)) == 50
    assert all(max(abs(a - b) for a, b in zip(p, q, strict=True)) > 60 for p, q in pairwise(colours))

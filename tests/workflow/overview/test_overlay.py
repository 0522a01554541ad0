"""Labels and models lie over the tomogram by IMOD's own rule, whatever origin its header has."""

from __future__ import annotations

import struct
from pathlib import Path

import imodmodel
import numpy as np
import pytest

from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.export.export_material import material_of
from cryoves_app.workflow.export.exporters import EXPORTERS
from tests.formats.mrc_bytes import IMOD_STAMP, write_mrc_bytes
from tests.workflow.pyto_example import SHAPE, VOXEL_NM, tomogram, vesicles

HEADERS = {
    "imod": {"nversion": 0, "imod_stamp": IMOD_STAMP, "imod_flags": 0, "origin_x": -120.0, "origin_z": 35.0},
    "imod with the flag of the other sign": {
        "nversion": 0, "imod_stamp": IMOD_STAMP, "imod_flags": 4, "origin_x": 120.0, "origin_z": -35.0,
    },
    "mrc2014": {"nversion": 20140, "origin_x": 120.0, "origin_z": -35.0, "nxstart": 4},
    "blanks for a version": {"nversion": 538976288, "origin_x": -120.0, "origin_z": 35.0},
    "none": {"nversion": 20140},
}  # fmt: skip


def imod_origin(path: Path) -> tuple[float, float, float]:
    """The origin in IMOD's sign, from the bytes: as written, or turned where the header follows MRC2014."""
    raw = path.read_bytes()[:1024]
    (version,) = struct.unpack("<i", raw[108:112])
    stamp, flags = struct.unpack("<2i", raw[152:160])
    x, y, z = struct.unpack("<3f", raw[196:208])
    turned = (stamp == IMOD_STAMP and flags & 4) or 20140 <= version <= 20200
    return (-x, -y, -z) if turned else (x, y, z)


@pytest.mark.parametrize("kind", list(HEADERS))
def test_labels_and_model_overlay_the_tomogram(tmp_path: Path, kind: str) -> None:
    source = write_mrc_bytes(tmp_path / "t.mrc", tomogram().data, mode=1, **HEADERS[kind])
    volume = open_volume(source, VOXEL_NM)
    reference = TomogramReference("t.mrc", str(source), 1, "00", SHAPE, VOXEL_NM)
    material = material_of(Project(reference, vesicles=VesicleSet.of(vesicles())), volume, "t")
    EXPORTERS["imod"](material, tmp_path / "m.mod", Progress())
    EXPORTERS["labels"](material, tmp_path / "l.mrc", Progress())
    expected = (0.0, 0.0, 0.0) if kind == "none" else (-120.0, 0.0, 35.0)
    assert imod_origin(source) == expected
    # IMOD moves a model by the difference of these origins: all three are the same, so nothing moves
    assert imod_origin(tmp_path / "l.mrc") == expected
    model = imodmodel.ImodModel.from_file(tmp_path / "m.mod")
    assert model.minx.ctrans == pytest.approx(expected)
    assert (tmp_path / "l.mrc").read_bytes()[16:28] == source.read_bytes()[16:28]  # the starts
    labels = np.array(open_volume(tmp_path / "l.mrc", VOXEL_NM).data)
    (drawn,) = model.objects
    for number, contour in enumerate(drawn.contours, start=10):
        x, y, z = contour.points[0] - (0.5, 0.5, 0.0)
        middle = np.argwhere(labels == number).mean(axis=0)
        np.testing.assert_allclose(middle, (z, y, x), atol=1e-3)

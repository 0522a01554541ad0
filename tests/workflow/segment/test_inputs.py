"""What is refused before anything is computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.workflow.segment.inputs import read_inputs
from cryoves_app.workflow.segment.order import SegmentJob

SHAPE = (40, 60, 60)


@pytest.fixture
def tomogram(tmp_path: Path) -> Path:
    path = tmp_path / "a.mrc"
    write_map(path, np.zeros(SHAPE, np.float32), VolumeInfo(SHAPE, np.dtype("f4"), 2.2))
    return path


@pytest.mark.parametrize("given_angstrom", [220.0, 147.0, 67.0])
def test_voxels_that_show_no_vesicle_are_refused_before_they_cost_memory(
    tomogram: Path, given_angstrom: float
) -> None:
    """Ten times too large they would need a thousand times the memory."""
    with pytest.raises(CryoVesError) as refused:
        read_inputs(SegmentJob(str(tomogram), "out", voxel_size_nm=given_angstrom / 10))
    wide = 400 / given_angstrom
    assert str(refused.value) == (
        f"With voxels of {given_angstrom:g} Å vesicles of about 20 nm radius in {tomogram} would be {wide:.1f} voxels "
        "wide, too few to be seen; is the voxel size 22 Å, as its file says? It is given in ångström."
    )


def test_so_are_those_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    write_map(path, np.zeros(SHAPE, np.float32), VolumeInfo(SHAPE, np.dtype("f4"), 8.0))
    with pytest.raises(CryoVesError, match="is the voxel size 8 Å, a tenth"):
        read_inputs(SegmentJob(str(path), "out", voxel_size_nm=8.0))


@pytest.mark.parametrize(("given_nm", "radius_nm"), [(2.2, 20.0), (4.4, 20.0), (6.5, 20.0), (15.0, 140.0)])
def test_voxels_that_show_some_are_not(tomogram: Path, given_nm: float, radius_nm: float) -> None:
    recipe = Recipe().with_value("input", "expected_radius_nm", radius_nm)
    inputs = read_inputs(SegmentJob(str(tomogram), "out", voxel_size_nm=given_nm, recipe=recipe))
    assert inputs.volume.voxel_size_nm == given_nm

"""Networks learn from what they see when they are used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.analysis.grey.survey import survey_grey
from cryoves_app.analysis.network_input.preprocess import network_grid, prepare_input
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.network.dataset import UNKNOWN_TARGET
from cryoves_app.workflow.training.data import read_dataset
from cryoves_app.workflow.training.scan_input import ScanInput, scan_input
from tests.phantoms import benchmark

SHAPE = (48, 96, 96)
VOXEL_NM = 2.2


@pytest.fixture(scope="module")
def grey() -> NDArray[np.float32]:
    made = benchmark(SHAPE, 12, 5).grey.astype(np.float32)
    return made / made.std()


def made(grey: NDArray[np.float32], folder: Path) -> ScanInput:
    volume = Volume(VolumeInfo(SHAPE, grey.dtype, VOXEL_NM), grey)
    return scan_input(volume, network_grid(SHAPE, VOXEL_NM, VOXEL_NM), folder / "a.npy")


def plain(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    image = np.empty(SHAPE, np.float32)
    prepare_input(grey, network_grid(SHAPE, VOXEL_NM, VOXEL_NM), VOXEL_NM, image)
    return image


def test_a_tomogram_without_damage_is_learned_from_as_before(
    grey: NDArray[np.float32], tmp_path: Path
) -> None:
    found = made(grey, tmp_path)
    assert found.with_data is None
    np.testing.assert_array_equal(found.image, plain(grey).astype(np.float16))


def test_what_holds_no_data_does_not_count(grey: NDArray[np.float32], tmp_path: Path) -> None:
    damaged = grey * 30 + 1000
    damaged[:, :14] = 0
    found = made(damaged, tmp_path)
    assert found.with_data is not None
    assert not found.with_data[:, :12].any()
    assert found.with_data[:, 18:].all()
    rest = found.image[:, 20:].astype(np.float32)
    assert np.corrcoef(rest.ravel(), plain(grey)[:, 20:].ravel())[0, 1] > 0.999
    assert abs(rest.std() - 1) < 0.1
    model = survey_grey(damaged, VOXEL_NM, 20.0)
    used, mask = np.empty(SHAPE, np.float32), np.empty(SHAPE, np.uint8)
    prepare_input(
        damaged, network_grid(SHAPE, VOXEL_NM, VOXEL_NM), VOXEL_NM, used, grey=model, with_data=mask
    )
    np.testing.assert_array_equal(found.image, used.astype(np.float16))


def test_bright_membranes_are_turned(grey: NDArray[np.float32], tmp_path: Path) -> None:
    np.testing.assert_allclose(made(-grey, tmp_path).image, plain(grey), atol=0.01)


def test_what_was_kept_is_used_again(grey: NDArray[np.float32], tmp_path: Path) -> None:
    damaged = grey.copy()
    damaged[:, :14] = -500
    first = made(damaged, tmp_path)
    again = made(grey, tmp_path)
    np.testing.assert_array_equal(first.image, again.image)
    assert first.with_data is not None
    assert again.with_data is not None
    np.testing.assert_array_equal(first.with_data, again.with_data)


def test_nothing_is_taught_where_there_is_no_data(grey: NDArray[np.float32], tmp_path: Path) -> None:
    damaged = grey * 30 + 1000
    damaged[:, :14] = 0
    write_map(tmp_path / "a.mrc", damaged, VolumeInfo(SHAPE, damaged.dtype, VOXEL_NM))
    write_vesicles(tmp_path / "a_truth.csv", [Vesicle(1, 50.0, 100.0, 100.0, 20.0)], VOXEL_NM)
    (scan,) = read_dataset(tmp_path, tmp_path / "cache", VOXEL_NM, 0.0, Progress()).learned
    assert (scan.target[:, :12] == UNKNOWN_TARGET).all()
    assert (scan.target[:, 18:] != UNKNOWN_TARGET).all()
    assert scan.target.max() == UNKNOWN_TARGET
    assert (scan.target == 1).sum() > 1000

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats import pyto
from cryoves_app.formats.mrc import read_labels


@pytest.mark.parametrize("count", [0, 1, 16, 300])
def test_info_is_python_and_lists_exactly_what_is_there(tmp_path: Path, count: int) -> None:
    vesicles = tuple(range(10, 10 + count))
    pyto.write_tomo_info(tmp_path / "tomo_info.py", pyto.PytoIds(vesicles, (3, 4)))
    found = runpy.run_path(str(tmp_path / "tomo_info.py"))
    assert found["image_file_name"] == "../3d/tomo.mrc"
    assert found["labels_file_name"] == "../3d/labels.mrc"
    assert found["labels_data_type"] is None
    assert found["all_ids"] == [1, 2, 3, 4, *vesicles]
    assert found["boundary_ids"] == [2, *vesicles]
    assert found["vesicle_ids"] == list(vesicles)
    assert (found["segmentation_region"], found["distance_id"]) == (1, 2)


def test_ids_that_are_absent_are_not_listed(tmp_path: Path) -> None:
    pyto.write_tomo_info(tmp_path / "i.py", pyto.PytoIds((10, 11), region=False, active_zone=False))
    found = runpy.run_path(str(tmp_path / "i.py"))
    assert found["all_ids"] == found["boundary_ids"] == [10, 11]


def test_ids_come_back(tmp_path: Path) -> None:
    pyto.write_ids(tmp_path / "ids.csv", {11: 200, 10: 3})
    assert (tmp_path / "ids.csv").read_text() == "label,vesicle_id\n10,3\n11,200\n"
    assert pyto.read_ids(tmp_path / "ids.csv") == {10: 3, 11: 200}
    (tmp_path / "ids.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CryoVesError, match="as a table of labels"):
        pyto.read_ids(tmp_path / "ids.csv")
    with pytest.raises(CryoVesError, match="does not exist"):
        pyto.read_ids(tmp_path / "none.csv")


def test_next_steps_have_the_numbers_for_the_voxel_size() -> None:
    text = pyto.next_steps(2.0, pyto.PytoIds(tuple(range(10, 26))), pyto.GreyThresholds(-480.0, 120.0, 30.0))
    assert "16 vesicles" in text
    assert "num_layers = 125 " in text
    assert "class_3_volumes = [0, 3, 400, 1000000]" in text
    assert "262 to 400 voxels" in text
    assert "membrane_thick = 2\n" in text
    assert "threshold = numpy.arange(-480, 135, 30)" in text
    assert "PYTHONPATH" in text
    assert "numpy below version 2" in text
    assert text.index("Run them in this order") < text.index("no absolute values")
    assert max(map(len, text.splitlines())) < 120


def test_thresholds_reach_from_four_deviations_below_the_region_up_to_its_grey() -> None:
    region = np.random.default_rng(3).normal(1000.0, 200.0, 50_000)
    levels = pyto.grey_thresholds(region)
    assert levels is not None
    values = np.arange(levels.first, levels.last + levels.step / 2, levels.step)
    assert len(values) == 21
    assert values[0] == pytest.approx(200, abs=25)
    assert values[-1] == pytest.approx(1000, abs=25)
    assert pyto.grey_thresholds(np.full(10, 3.0)) is None
    assert pyto.grey_thresholds(np.zeros(0)) is None
    assert "20 levels or more" in pyto.next_steps(2.0, pyto.PytoIds((10,)))


@pytest.mark.parametrize(
    "content", ["", "1 2 3", "# Vesicle ids:\n 36 1.0\n", "# Vesicle ids:\n 36 a b c d e f g h i j\n"]
)
def test_other_tables_are_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "v.dat").write_text(content)
    with pytest.raises(CryoVesError, match="as a vesicle table of Pyto"):
        pyto.read_vesicle_table(tmp_path / "v.dat")
    with pytest.raises(CryoVesError, match="does not exist"):
        pyto.read_vesicle_table(tmp_path / "none.dat")


def test_real_table_and_labels_agree(shared_data: Path) -> None:
    """Centres, radii and distances to the active zone within half a voxel of what Pyto itself computed."""
    folder = shared_data / "pyto_labels"
    table = pyto.read_vesicle_table(folder / "vesicles_tomo_vesicles.dat")
    assert [v.label for v in table] == [36, 48, 49, 50, 52, 58, 59, 60, 61]
    labels = read_labels(folder / "viz_labels.mrc").data
    spheres = spheres_of_labels(labels)
    to_zone = ndimage.distance_transform_edt(labels != pyto.ACTIVE_ZONE_ID)
    for vesicle in table:
        z, y, x, radius = spheres[vesicle.label]
        assert np.abs(np.array([z, y, x]) - vesicle.centre_px).max() <= 0.51
        assert abs(radius - vesicle.radius_px) <= 0.5
        distances = to_zone[labels == vesicle.label]
        assert abs(distances.min() - vesicle.min_distance_px) <= 0.5
        assert abs(distances.mean() - vesicle.mean_distance_px) <= 0.5

"""Label volumes as regions and vesicles, as the user says."""

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import RegionKind
from cryoves_app.formats.imod.convert import ObjectRole
from cryoves_app.formats.mrc import write_mrc_labels
from cryoves_app.workflow.export.pyto_labels import label_volume
from cryoves_app.workflow.importing.importing import import_chosen, parts_of_files
from cryoves_app.workflow.importing.label_import import parts_of_labels
from cryoves_app.workflow.importing.regions import write_regions
from tests.workflow.importing.test_importing import INFO
from tests.workflow.pyto_example import SHAPE, VOXEL_NM, active_zone, cytoplasm, vesicles


@pytest.fixture
def pyto_labels(tmp_path: Path) -> Path:
    made = label_volume(vesicles(), [cytoplasm(), active_zone()], SHAPE, VOXEL_NM)
    write_mrc_labels(tmp_path / "labels.mrc", made.labels, INFO)
    return tmp_path / "labels.mrc"


def test_a_volume_of_pyto_is_guessed_part_by_part(pyto_labels: Path) -> None:
    parts = parts_of_labels(pyto_labels)
    assert [(p.title, p.guess) for p in parts] == [
        ("label 1", ObjectRole.CYTOPLASM),
        ("label 2", ObjectRole.ACTIVE_ZONE),
        ("labels 10 to 25", ObjectRole.VESICLES),
    ]
    assert parts[2].content.startswith("16 labels, ")


def test_regions_come_as_contours_and_a_zone_as_lines(pyto_labels: Path) -> None:
    labels = label_volume(vesicles(), [cytoplasm(), active_zone()], SHAPE, VOXEL_NM).labels
    found = import_chosen({p: p.guess for p in parts_of_files([pyto_labels])}, INFO)
    assert len(found.vesicles) == 16
    cell, zone = found.regions
    np.testing.assert_array_equal(rasterise(cell, SHAPE, VOXEL_NM), labels == 1)
    assert zone.kind is RegionKind.ACTIVE_ZONE
    covered = rasterise(zone, SHAPE, VOXEL_NM)
    assert covered[labels == 2].mean() > 0.85
    assert "lines with a tube" in found.notes[0]


def test_one_label_is_the_cytoplasm_and_any_role_can_be_given(tmp_path: Path) -> None:
    mask = np.zeros(SHAPE, np.uint16)
    mask[5:9, 10:30, 12:40] = 7
    write_mrc_labels(tmp_path / "cell.mrc", mask, INFO)
    (part,) = parts_of_files([tmp_path / "cell.mrc"])
    assert part.guess is ObjectRole.CYTOPLASM
    (region,) = import_chosen({part: ObjectRole.EXCLUDE}, INFO).regions
    assert region.kind is RegionKind.EXCLUDE
    np.testing.assert_array_equal(rasterise(region, SHAPE, VOXEL_NM), mask > 0)
    assert import_chosen({part: ObjectRole.IGNORE}, INFO).regions == ()


def test_models_and_labels_come_in_together(tmp_path: Path, pyto_labels: Path) -> None:
    model = tmp_path / "cell.mod"
    write_regions(model, [active_zone(), cytoplasm()], INFO)
    parts = parts_of_files([model, pyto_labels])
    assert [p.title for p in parts[:2]] == [cytoplasm().name, active_zone().name]
    found = import_chosen({p: p.guess for p in parts[:2]}, INFO)
    assert [len(r.contours) for r in found.regions] == [
        len(cytoplasm().contours),
        len(active_zone().contours),
    ]
    for mine, theirs in ((cytoplasm(), found.regions[0]), (active_zone(), found.regions[1])):
        for a, b in zip(mine.contours, theirs.contours, strict=True):
            assert a.closed == b.closed
            np.testing.assert_allclose(a.points_px, b.points_px, atol=1e-3)


def test_what_cannot_be_laid_over_is_a_sentence(tmp_path: Path) -> None:
    write_mrc_labels(tmp_path / "zero.mrc", np.zeros(SHAPE, np.uint16), INFO)
    with pytest.raises(CryoVesError, match="holds no label"):
        parts_of_labels(tmp_path / "zero.mrc")
    write_mrc_labels(tmp_path / "small.mrc", np.ones((3, 4, 5), np.uint16), INFO)
    (part,) = parts_of_labels(tmp_path / "small.mrc")
    with pytest.raises(CryoVesError, match="another shape"):
        import_chosen({part: ObjectRole.CYTOPLASM}, INFO)
    assert import_chosen({part: ObjectRole.IGNORE}, INFO).regions == ()  # what is left out need not fit

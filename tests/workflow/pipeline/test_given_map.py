"""Another program's mask, probabilities or instances in place of the network's."""

from __future__ import annotations

from pathlib import Path

import mrcfile
import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.mrc import write_map, write_mrc_labels
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.given_map import GivenMap, open_instances, open_probability
from cryoves_app.workflow.pipeline.pipeline import Pipeline, PipelineResult
from cryoves_app.workflow.segment.methods_text import methods_paragraph
from tests.phantoms import Ball, Phantom, phantom

SHAPE = (61, 112, 120)
#: Two that touch, two apart, and one that the map does not show.
BALLS: list[Ball] = [
    (66, 60, 60, 20),
    (66, 60, 99, 19),
    (66, 180, 70, 22),
    (66, 180, 200, 18),
    (66, 70, 200, 20),
]


@pytest.fixture(scope="module")
def five() -> Phantom:
    return phantom(BALLS, SHAPE)


def painted(of: Phantom) -> NDArray[np.uint16]:
    """The first four, numbered from 1."""
    spheres = np.array([s.to_px(of.voxel_nm) for s in of.truth[:4]])
    labels: NDArray[np.uint16] = paint_spheres(spheres, SHAPE, np.arange(1, 5), np.zeros((4, 0)))
    return labels


def run(of: Phantom, given: GivenMap, cache: Path, **more: object) -> PipelineResult:
    options = EngineOptions(engine="none")  # there is none of that name, so the network is not asked
    volume, model = of.volume, load_model("default")
    return Pipeline(volume, Recipe(), model, cache, options, given=given, **more).run()  # type: ignore[arg-type]


def check(result: PipelineResult, of: Phantom) -> None:
    scores = compare([v.sphere for v in result.vesicles.accepted], of.truth[:4])
    assert (scores.true_positives, scores.false_positives, scores.false_negatives) == (4, (), ())
    assert scores.delta_c_nm is not None
    assert scores.delta_c_nm < 0.3


def test_a_mask_with_touching_vesicles_gives_each_of_them(five: Phantom, tmp_path: Path) -> None:
    path = tmp_path / "mask.mrc"
    write_mrc_labels(path, (painted(five) > 0).astype(np.uint16) * 255, five.volume.info)
    check(run(five, open_probability(path, five.volume), tmp_path / "cache"), five)


def test_probabilities_are_taken_as_the_networks_are(five: Phantom, tmp_path: Path) -> None:
    from scipy.ndimage import gaussian_filter

    path = tmp_path / "probability.mrc"
    write_map(path, gaussian_filter((painted(five) > 0).astype(np.float32), 2), five.volume.info)
    check(run(five, open_probability(path, five.volume), tmp_path / "cache"), five)


def test_instances_are_the_candidates(five: Phantom, tmp_path: Path) -> None:
    path = tmp_path / "labels.mrc"
    write_mrc_labels(path, painted(five), five.volume.info)
    given = open_instances(path, five.volume)
    result = run(five, given, tmp_path / "cache")
    check(result, five)
    steps = {step.name: step for step in result.steps}
    assert (steps["split"].before, steps["split"].after) == (4, 4)
    assert steps["network"].note == "taken from labels.mrc"


def test_instances_outside_the_region_are_left_out(five: Phantom, tmp_path: Path) -> None:
    path = tmp_path / "labels.mrc"
    write_mrc_labels(path, painted(five), five.volume.info)
    mask = np.zeros(SHAPE, np.uint8)
    mask[:, :60] = 1
    result = run(
        five, open_instances(path, five.volume), tmp_path / "cache", region_mask=RunMask.of_array(mask)
    )
    assert len(result.vesicles) == 2
    assert all(v.y_nm < 60 * five.voxel_nm for v in result.vesicles)


def test_one_number_everywhere_is_a_mask(five: Phantom, tmp_path: Path) -> None:
    path = tmp_path / "labels.mrc"
    write_mrc_labels(path, (painted(five) > 0).astype(np.uint16) * 9, five.volume.info)
    given = open_instances(path, five.volume)
    assert given.labels is None
    assert given.values.divisor == 9


def test_an_empty_map_says_what_to_look_at(five: Phantom, tmp_path: Path) -> None:
    path = tmp_path / "empty.mrc"
    write_mrc_labels(path, np.zeros(SHAPE, np.uint16), five.volume.info)
    result = run(five, open_probability(path, five.volume), tmp_path / "cache")
    assert len(result.vesicles) == 0
    note = next(n.sentence for n in result.notes if "No vesicle was found" in n.sentence)
    assert "--model" not in note
    assert "map that was given" in note


def _wrong(folder: Path, of: Volume, values: NDArray[np.float32]) -> Path:
    with mrcfile.new(folder / "wrong.mrc") as file:
        file.set_data(values)
        file.voxel_size = 10 * of.voxel_size_nm
    return folder / "wrong.mrc"


def test_what_cannot_be_a_map_is_refused(five: Phantom, tmp_path: Path) -> None:
    logits = _wrong(tmp_path, five.volume, np.linspace(-9, 9, 61 * 112 * 120, dtype="f4").reshape(SHAPE))
    with pytest.raises(CryoVesError, match="no probability map: its values run from -9 to 9"):
        open_probability(logits, five.volume)
    with pytest.raises(CryoVesError, match="no label volume"):
        open_instances(logits, five.volume)


def test_a_map_of_another_shape_is_refused(five: Phantom, tmp_path: Path) -> None:
    other = _wrong(tmp_path, five.volume, np.zeros((60, 112, 120), "f4"))
    with pytest.raises(CryoVesError, match="another shape than the tomogram"):
        open_probability(other, five.volume)


def test_the_methods_paragraph_tells_of_no_network(five: Phantom, tmp_path: Path) -> None:
    path = tmp_path / "labels.mrc"
    write_mrc_labels(path, painted(five), five.volume.info)
    result = run(five, open_instances(path, five.volume), tmp_path / "cache")
    text = methods_paragraph(Recipe(), "default", 2.2, result.vesicles, given="labels.mrc")
    assert "another program had found them (labels.mrc)" in text
    assert "U-Net" not in text
    assert "probability map" not in text

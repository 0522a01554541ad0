"""What the run record says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.project import TomogramReference
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.domain.run_steps import NetworkMap, StepReport
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.common.resources_used import Cost, Meter, peak_memory_bytes
from cryoves_app.workflow.common.summary import counts, for_export, sentence
from cryoves_app.workflow.segment.methods_text import methods_paragraph
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.record import ModelUsed, RunRecord

REFERENCE = TomogramReference("../t.mrc", "/d/t.mrc", 10, "ab", (10, 20, 30), 2.2)
FOUND = VesicleSet.of(
    [
        Vesicle(1, 10, 10, 10, 20.0, inside_region=True),
        Vesicle(2, 10, 10, 10, 22.0, inside_region=True),
        Vesicle(3, 10, 10, 10, 30.0, inside_region=False),
        Vesicle(4, 10, 10, 10, 30.0, status=Status.OUTLIER, inside_region=True),
    ]
)


def _record(recipe: str = "default", vesicles: VesicleSet = FOUND) -> RunRecord:
    model = ModelUsed("default", "cafe", 2.2)
    methods = methods_paragraph(BUILT_IN[recipe], "default", 2.2, vesicles)
    step = StepReport(
        "network", wall_s=1.23456, engine="openvino", device="cpu", map=NetworkMap("/tmp/m.npy", 2.2)
    )
    job = SegmentJob("t.mrc", "out/t", BUILT_IN[recipe], region="cell.mod")
    return RunRecord(
        REFERENCE, model, job, (step,), counts(vesicles), methods, Cost(1.0, 2.0, 3),
        (Note(NoteKind.FACES, "2 vesicles are cut by a face of the tomogram."),),
    )  # fmt: skip


def test_it_is_complete_json(tmp_path: Path) -> None:
    _record().write(tmp_path / "run.json")
    plain = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert plain["counts"] == {"accepted": 2, "rejected": 0, "outlier": 1, "outside_region": 1}
    assert plain["steps"] == [
        {"name": "network", "before": None, "after": None, "wall_s": 1.235, "cpu_s": 0.0, "cached": False, "note": "",
         "engine": "openvino", "device": "cpu"},
    ]  # fmt: skip
    assert plain["warnings"] == ["2 vesicles are cut by a face of the tomogram."]
    assert plain["job"]["region"] == "cell.mod"
    assert not {"recipe", "regions"} & set(plain["job"])
    assert plain["recipe"] == BUILT_IN["default"].to_dict()
    assert plain["cost"] == {"wall_s": 1.0, "cpu_s": 2.0, "peak_memory_bytes": 3}
    assert "numpy" in plain["libraries"]


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("default", "least squares against the radial profile"),
        ("default", "parts of the probability map above 0.8"),
        ("default", "robust Mahalanobis distance, p < 0.001"),
        ("paper", "cross-correlation"),
        ("paper", "inner shell was darkest"),
        ("paper", "p < 0.3"),
        ("published", "whole voxels"),
    ],
)
def test_the_methods_paragraph_is_true_for_the_recipe(recipe: str, words: str) -> None:
    text = _record(recipe).to_dict()["methods"]
    assert words in text
    assert "2 vesicles remained, of radius 21.0 ± 1.4 nm" in text


def test_outliers_and_those_outside_the_region_stay_out_of_exports() -> None:
    assert [v.id for v in for_export(FOUND)] == [1, 2]
    assert counts(FOUND)["accepted"] == 2


def test_the_result_in_one_sentence() -> None:
    assert (
        sentence(FOUND)
        == "2 vesicles found, median radius 21.0 nm; left out: 1 doubtful, 1 outside the region."
    )
    assert sentence(VesicleSet()) == "No vesicle was found."


def test_cost_counts_cpu_and_memory() -> None:
    meter = Meter()
    total = sum(i * i for i in range(200_000))
    cost = meter.read()
    assert total
    assert 0 < cost.cpu_s <= cost.wall_s * 64
    assert 10e6 < cost.peak_memory_bytes < 1e12


def test_the_peak_is_this_process_own_and_not_that_of_its_parent() -> None:
    size = 400_000_000
    large = bytearray(size)
    del large
    program = (
        "from cryoves_app.workflow.common.resources_used import peak_memory_bytes; print(peak_memory_bytes())"
    )
    own = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert peak_memory_bytes() > size
    assert 5e6 < int(own) < size / 2

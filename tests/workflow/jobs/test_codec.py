"""The one codec between the processes: what is told arrives as it was, and nothing else does."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.membranes import MembraneModel, MidPlaneRule, Transfer
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.project import TomogramReference
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.run_steps import NetworkMap, StepReport
from cryoves_app.domain.scale_hint import ScaleHint
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.health.order import CheckOrder, EnginesFound
from cryoves_app.workflow.jobs.codec import NotUnderstood, Parcel, decode, encode, from_plain, to_plain
from cryoves_app.workflow.jobs.messages import (
    FROM_WORKER,
    TO_WORKER,
    Cancel,
    Done,
    EpochDone,
    Failed,
    Noted,
    Progressed,
    Ready,
    Run,
    StepDone,
)
from cryoves_app.workflow.pipeline.little_found import NetworkSaw
from cryoves_app.workflow.quality.benchmark import BenchmarkOrder
from cryoves_app.workflow.segment.live_order import LiveOrder, LiveResult
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import SegmentResult
from cryoves_app.workflow.segment.record import ModelUsed, RunRecord
from cryoves_app.workflow.training.order import Trained, TrainJob
from tests.formats.vesicle_strategies import vesicle_lists

CELL = Region(
    "cell", RegionKind.CYTOPLASM, (Contour(((1.0, 2.0, 3.5), (1.0, 9.0, 9.0)), closed=False),), True, 12.0
)
JOB = SegmentJob(
    "a.mrc",
    "out/a",
    BUILT_IN["paper"],
    region="r.mod",
    regions=(CELL,),
    voxel_size_nm=2.0,
    box_px=(0, 0, 0, 9, 9, 9),
)
STEP = StepReport("network", None, 3, 1.5, 2.0, False, "", "openvino", "cpu", NetworkMap("m.npy", 4.11))
VALUES = [
    Ready(),
    Cancel(),
    Run("segment", Parcel(json.loads(json.dumps(to_plain(JOB))))),
    Progressed("fit", 0.5, "so far"),
    StepDone(STEP),
    EpochDone(3, {"loss": math.inf, "dice": 0.5}),
    Noted(Note(NoteKind.ENGINE, "µ “quoted”\nline")),
    Failed("It failed.", True, "details"),
    Done(Parcel.of(None)),
]
ORDERS_AND_RESULTS = [
    JOB,
    LiveOrder(JOB, "/cache"),
    CheckOrder("auto", "gpu:1", 3),
    TrainJob("data", "model", patience=3),
    BenchmarkOrder("t.mrc", "t.csv", "default", BUILT_IN["default"], "auto", "cpu", 2),
    SegmentResult(
        "One.", {"accepted": 3}, ("a", "b"), (Note(NoteKind.FACES, "x"),), Cost(1.0, 2.0, 3), True, 2.2
    ),
    EnginesFound(("OpenVINO",), "OpenVINO", "cpu", "why", False, 12.0, "words"),
    Trained("Done.", "model", 2, ({"loss": 1.0}, {"loss": 0.5}), {"f1": 0.9}),
]


@pytest.mark.parametrize("message", VALUES, ids=lambda m: type(m).__name__)
def test_a_message_arrives_as_it_was(message: Any) -> None:
    line = encode(message, 7)
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert decode(line, {**TO_WORKER, **FROM_WORKER}) == (7, message)


@pytest.mark.parametrize("value", ORDERS_AND_RESULTS, ids=lambda v: type(v).__name__)
def test_orders_and_results_arrive_as_they_were(value: Any) -> None:
    assert from_plain(type(value), json.loads(json.dumps(to_plain(value)))) == value


@given(vesicle_lists().map(VesicleSet.of))
def test_the_result_of_a_run_in_the_window_arrives_as_it_was(vesicles: Any) -> None:
    reference = TomogramReference("../t.mrc", "/d/t.mrc", 10, "ab", (10, 20, 30), 2.2)
    membranes = MembraneModel(MidPlaneRule.BILAYER, 12, 0.3, 4.0, 2.5, Transfer.FLIPPED, 3.1, True)
    saw = NetworkSaw(0.4, 3, 2, 1, (30.0, 60.0, 90.0), ScaleHint(2.2, 1, 1.1, 12))
    record = RunRecord(
        reference, ModelUsed("default", "cafe", 2.2), JOB, (STEP,), {"accepted": 2}, "Text.", Cost(1.0, 2.0, 3),
        (Note(NoteKind.RADIUS, "odd"),), saw=saw, membranes=membranes, identity="id",
    )  # fmt: skip
    result = LiveResult(vesicles, record, NetworkMap("m.npy", 2.2))
    again = from_plain(LiveResult, json.loads(json.dumps(to_plain(result))))
    assert again == result
    assert again.record.to_dict() == record.to_dict()


def test_numbers_that_are_none_survive() -> None:
    number, message = decode(encode(EpochDone(1, {"loss": math.nan})), FROM_WORKER)
    assert isinstance(message, EpochDone)
    assert (number, math.isnan(message.figures["loss"])) == (0, True)


def damaged(value: Any) -> list[Any]:
    """A message's line with one field left out, or of another kind."""
    plain = json.loads(encode(value, 1))
    lines = []
    for f in fields(value):
        lines.append({**plain, "body": {n: v for n, v in plain["body"].items() if n != f.name}})
        for wrong in (None, True, 1.5, "x", [1], {"x": 1}):
            lines.append({**plain, "body": {**plain["body"], f.name: wrong}})
    return lines


@pytest.mark.parametrize("message", VALUES, ids=lambda m: type(m).__name__)
def test_what_is_damaged_is_not_understood_or_is_still_a_message(message: Any) -> None:
    for line in damaged(message):
        try:
            read = decode(json.dumps(line), {**TO_WORKER, **FROM_WORKER})
        except NotUnderstood as error:
            read = error.job, message  # whoever waits for this job can be told
        assert read[0] == 1
        assert type(read[1]) is type(message)
        assert json.loads(encode(read[1], 1))["type"] == type(message).__name__


@given(st.text() | st.binary().map(repr) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "job", "body", "x"]), inner),
    max_leaves=8,
).map(json.dumps))  # fmt: skip
def test_any_other_line_is_not_understood(line: str) -> None:
    with pytest.raises(NotUnderstood):
        decode(line, {name: kind for name, kind in FROM_WORKER.items() if name != "Ready"})


def test_a_very_deep_line_is_not_understood() -> None:
    with pytest.raises(NotUnderstood):
        decode("[" * 100_000, FROM_WORKER)


def test_fields_of_a_later_version_are_left_out_and_missing_ones_take_their_defaults() -> None:
    plain: Any = to_plain(JOB)
    assert from_plain(SegmentJob, {**plain, "later": 1}) == JOB
    assert from_plain(SegmentJob, {"tomogram": "a", "folder": "b"}) == SegmentJob("a", "b")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("threads", True), ("threads", 2.0), ("voxel_size_nm", "2"), ("box_px", [1, "2"]), ("recipe", {"fit": 3}),
     ("regions", [{"name": "x"}]), ("tomogram", None)],
)  # fmt: skip
def test_values_of_another_kind_are_refused(name: str, wrong: object) -> None:
    plain: Any = to_plain(JOB)
    with pytest.raises(NotUnderstood):
        from_plain(SegmentJob, {**plain, name: wrong})


def test_what_is_no_part_of_the_language_is_a_mistake_of_the_sender() -> None:
    with pytest.raises(TypeError):
        to_plain(replace(STEP, after={1, 2}))  # type: ignore[arg-type]
    assert to_plain(STEP.map) == {"path": "m.npy", "voxel_size_nm": 4.11, "corner_nm": [0.0, 0.0, 0.0]}

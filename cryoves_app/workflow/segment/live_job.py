"""The job behind the window's Segment button: the pipeline over a lasting cache, with each step's result.

Unlike the command line's job it writes no folder of results: vesicles go to the window, arrays lie in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryoves_app.analysis.preprocess import network_grid
from cryoves_app.analysis.scales import scales
from cryoves_app.formats.project_codec import vesicle_set_to_plain
from cryoves_app.workflow.common.resources_used import Meter
from cryoves_app.workflow.jobs.protocol import JobContext, Message
from cryoves_app.workflow.segment.inputs import Inputs, read_inputs
from cryoves_app.workflow.segment.job import record_of, segment
from cryoves_app.workflow.segment.order import SegmentJob

_ENGINES = {"openvino": "OpenVINO", "tensorflow": "TensorFlow", "onnx": "ONNX Runtime"}


def live_segment_job(params: Mapping[str, Any], context: JobContext) -> dict[str, Any]:
    """Segment one tomogram for the window.

    ``params`` are those of ``SegmentJob`` and ``cache``, a folder that the window keeps between runs. The result
    holds the vesicles, the probability map's file and voxel size, warnings, and the run's record.
    """
    meter = Meter()
    job = SegmentJob.from_params(params)
    cache = Path(str(params["cache"]))
    inputs = read_inputs(job)
    telling = JobContext(context.progress, _Telling(context, cache, _network_voxel_nm(inputs)))
    found = segment(job, inputs, cache, telling)
    steps = [dict(step) for step in found.steps]
    return {
        "vesicles": vesicle_set_to_plain(found.vesicles),
        "probability": _file_of(found.probability.values) if found.probability else None,
        "network_voxel_nm": found.probability.voxel_size_nm if found.probability else None,
        "warnings": list(found.warnings),
        "device": _device(steps),
        "run": record_of(job, inputs, found, None, meter).to_dict() | {"box_px": list(job.box_px)},
    }


class _Telling:
    """Passes events on; with the network's step goes the file of its map."""

    def __init__(self, context: JobContext, cache: Path, voxel_nm: float) -> None:
        self._context, self._cache, self._voxel_nm = context, cache, voxel_nm

    def __call__(self, event: Message) -> None:
        if event.get("event") == "note" and str(event.get("sentence", "")).startswith("Needs about"):
            return  # the panel says so before the start
        if event.get("event") == "step" and event.get("name") == "network" and not event.get("cached"):
            newest = max(
                self._cache.glob("probability-*.npy"), key=lambda p: p.stat().st_mtime_ns, default=None
            )
            if newest is not None:
                event = {**event, "probability": str(newest), "network_voxel_nm": self._voxel_nm}
        self._context.emit(event)


def _network_voxel_nm(inputs: Inputs) -> float:
    volume = inputs.volume
    first = scales(inputs.recipe.input, inputs.model.voxel_size_nm)[0]
    return network_grid(volume.shape, volume.voxel_size_nm, first.voxel_size_nm).voxel_size_nm


def _file_of(array: Any) -> str:
    return str(array.filename)


def _device(steps: list[dict[str, Any]]) -> str:
    """Where the network ran, or that its map was kept."""
    notes = [step["note"] for step in steps if step["name"] == "network" and not step["cached"]]
    if not notes or not notes[0]:
        return "from the kept network map"
    engine, _, device = notes[0].partition(" on ")
    return f"computed with {_ENGINES.get(engine, engine)} on {device.upper()}"

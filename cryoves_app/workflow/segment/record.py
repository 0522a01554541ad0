"""The run record: what was done to a tomogram, with what, and how to do it again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

import cryoves_app
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.notes import Note
from cryoves_app.domain.project import CANDIDATES, TomogramReference
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.storage.replacing import replacing
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.pipeline.grey_notes import GreyRecord
from cryoves_app.workflow.pipeline.little_found import NetworkSaw
from cryoves_app.workflow.segment.order import SegmentJob

#: Libraries whose version can change a number of the result.
LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-image",
    "openvino",
    "onnxruntime",
    "tensorflow-cpu",
    "mrcfile",
)


@dataclass(frozen=True)
class ModelUsed:
    """Which network, and on what it was computed."""

    name: str
    sha256: str
    voxel_size_nm: float
    engine: str = ""
    device: str = ""


@dataclass(frozen=True)
class RunRecord:
    """All that ``run.json`` tells.

    ``counts`` are vesicles by status, ``methods`` is a paragraph about them, ``identity`` what the result depends on.
    ``candidates`` are the spheres of the segments before any fit, which only projects keep.
    """

    tomogram: TomogramReference
    model: ModelUsed
    job: SegmentJob
    steps: tuple[StepReport, ...]
    counts: Mapping[str, int]
    methods: str
    cost: Cost
    notes: tuple[Note, ...] = ()
    grey: GreyRecord | None = None
    saw: NetworkSaw | None = None
    membranes: MembraneModel = field(default_factory=MembraneModel)
    identity: str = ""
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    candidates: tuple[Sphere, ...] = ()

    def to_dict(self) -> JsonObject:
        """The record as JSON can hold it."""
        return {
            "program": "cryoves",
            "version": cryoves_app.__version__,
            "created": self.created,
            "command": self.job.command_line(),
            "identity": self.identity,
            "job": _asked(self.job),
            "tomogram": asdict(self.tomogram),
            "model": asdict(self.model),
            "counts": dict(self.counts),
            "steps": [_step(step) for step in self.steps],
            "cost": asdict(self.cost),
            "warnings": [note.sentence for note in self.notes],
            "notes": [{"kind": note.kind.value, "sentence": note.sentence} for note in self.notes],
            "grey": self.grey.to_plain() if self.grey else None,
            "network_saw": asdict(self.saw) if self.saw else None,
            "membranes": self.membranes.to_dict(),
            "methods": self.methods,
            "recipe": self.job.recipe.to_dict(),
            "libraries": library_versions(),
            "platform": {"system": platform.platform(), "python": platform.python_version()},
            **self._kept_by_projects(),
        }

    def _kept_by_projects(self) -> JsonObject:
        if not self.candidates:
            return {}
        return {CANDIDATES: [[round(n, 3) for n in (*s.centre_nm, s.radius_nm)] for s in self.candidates]}

    def write(self, path: Path) -> None:
        """Write ``run.json``."""
        written = {name: value for name, value in self.to_dict().items() if name != CANDIDATES}
        text = json.dumps(written, indent=2, ensure_ascii=False)
        with replacing(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")


def _asked(job: SegmentJob) -> JsonObject:
    """What was asked for, so that it can be asked for again; recipe and regions stand elsewhere."""
    names = [f.name for f in fields(job) if f.name not in ("recipe", "regions")]
    return {name: getattr(job, name) for name in names}


def _step(step: StepReport) -> JsonObject:
    """A step with times to the millisecond and without the map, whose file is temporary."""
    values = asdict(replace(step, wall_s=round(step.wall_s, 3), cpu_s=round(step.cpu_s, 3)))
    return {name: value for name, value in values.items() if name != "map"}


@cache
def library_versions() -> Mapping[str, str]:
    """The installed versions of ``LIBRARIES``; looked for once, since each is a search through files."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found

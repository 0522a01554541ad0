"""The run record: what was done to a tomogram, with what, and how to do it again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import cryoves_app
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.project import TomogramReference
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.atomic import replacing
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.common.summary import counts
from cryoves_app.workflow.segment.methods_text import methods_paragraph

#: Libraries whose version can change a number of the result.
LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-image",
    "scikit-learn",
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
    """All that ``run.json`` tells."""

    tomogram: TomogramReference
    model: ModelUsed
    recipe: Recipe
    command: str
    identity: str
    steps: Sequence[Mapping[str, Any]]
    vesicles: VesicleSet
    cost: Cost
    warnings: Sequence[str] = ()
    job: Mapping[str, Any] = field(
        default_factory=dict
    )  # what was asked for, so that it can be asked for again
    membranes: MembraneModel = field(default_factory=MembraneModel)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON can hold it."""
        return {
            "program": "cryoves",
            "version": cryoves_app.__version__,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": self.command,
            "identity": self.identity,
            "job": dict(self.job),
            "tomogram": asdict(self.tomogram),
            "model": asdict(self.model),
            "counts": counts(self.vesicles),
            "steps": [dict(s) for s in self.steps],
            "cost": asdict(self.cost),
            "warnings": list(self.warnings),
            "membranes": self.membranes.to_dict(),
            "methods": methods_paragraph(
                self.recipe, self.model.name, self.tomogram.voxel_size_nm, self.vesicles, self.membranes
            ),
            "recipe": self.recipe.to_dict(),
            "libraries": library_versions(),
            "platform": {"system": platform.platform(), "python": platform.python_version()},
        }

    def write(self, path: Path) -> None:
        """Write ``run.json``."""
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
        with replacing(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")


def library_versions() -> dict[str, str]:
    """The installed versions of ``LIBRARIES``."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found

"""Recognises finished results by all that they depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file, read_settings
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import MatchLook
from cryoves_app.formats.ome_zarr.place import is_zarr
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain
from cryoves_app.workflow.segment.order import SegmentJob

#: The run record, which says what a folder holds.
RECORD_NAME = "run.json"
#: Parameters that came after the first results were kept, each with the value that does what was done before. At that
#: value they are no part of the identity: a newer program knows the results of an older one again.
_LATER = {("input", "match_look"): MatchLook.OFF, ("fit", "search_again"): False}


def identify_run(job: SegmentJob, voxel_size_nm: float, model_hash: str) -> str:
    """Hash of all that the result of a job depends on."""
    files = [
        job.tomogram,
        job.companion(job.region),
        job.companion(job.active_zone),
        job.companion(job.fit_volume),
    ]
    given = [job.companion(pattern) for pattern in (job.probability, job.labels)]
    files += given if any(given) else []
    parts = {
        "recipe": what_counts(job.recipe),
        "model": model_hash,
        "voxel_size_nm": voxel_size_nm,
        "files": [_fingerprint_if_there(f) for f in files],
        "probability": job.keep_probability,
    }
    if job.box_px:
        parts["box_px"] = list(job.box_px)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def what_counts(recipe: Recipe) -> dict[str, dict[str, object]]:
    """The parameters that a result depends on, by section."""
    plain = recipe.to_dict()
    for (section, name), as_before in _LATER.items():
        if plain[section][name] == as_before:
            del plain[section][name]
    return plain


def _fingerprint_if_there(path: str | Path | None) -> str | None:
    return fingerprint(path)[1] if path is not None and _is_there(Path(path)) else None


def _is_there(path: Path) -> bool:
    return is_file(path) or is_zarr(path)


@dataclass(frozen=True)
class EarlierTomogram:
    voxel_size_nm: float | None = None


@dataclass(frozen=True)
class EarlierJob:
    keep_probability: bool = False


@dataclass(frozen=True)
class EarlierRun:
    """What the run record of a finished result tells; empty where there is none that can be read."""

    identity: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    cost: Cost | None = None
    warnings: tuple[str, ...] = ()
    tomogram: EarlierTomogram = EarlierTomogram()
    job: EarlierJob = EarlierJob()


def read_earlier(folder: Path) -> EarlierRun:
    """The earlier run whose results lie in a folder."""
    try:
        return from_plain(EarlierRun, read_settings(folder / RECORD_NAME, "a run record"))
    except (CryoVesError, NotUnderstood):
        return EarlierRun()


def is_done(folder: Path, wanted: str) -> bool:
    """Whether a folder holds the finished result of the same recipe, model and input."""
    return read_earlier(folder).identity == wanted

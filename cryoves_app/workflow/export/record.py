"""The record that goes with an export: what the vesicles come from, what people changed, how to do it again."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import cryoves_app
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.project import CANDIDATES, Project
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Origin
from cryoves_app.formats.project.project_file import write_project
from cryoves_app.formats.tomogram_reference import resolve_from
from cryoves_app.workflow.common.summary import counts
from cryoves_app.workflow.export.export_material import Material, selection_sentence
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain
from cryoves_app.workflow.project.reviewers import Reviewers
from cryoves_app.workflow.segment.methods_text import (
    box_sentence,
    distances_sentence,
    hand_paragraph,
    methods_paragraph,
    regions_sentence,
)
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.record import library_versions

#: Record, Methods paragraph, overview; ``{}`` is the material's name.
RECORD_NAMES = ("{}_run.json", "{}_methods.txt", "{}_overview.png")
#: The regions that the command of the record reads; written where there are some.
REGIONS_NAME = "{}_regions.cryoves"
_OPTIONS = {
    RegionKind.CYTOPLASM: "region",
    RegionKind.EXCLUDE: "region",
    RegionKind.ACTIVE_ZONE: "active_zone",
}
#: Beside the exported files, for running the automatic part again.
AGAIN = "segmented again"


def write_run_record(material: Material, folder: Path, target: Path) -> None:
    """Write the record, the Methods paragraph and the overview into ``folder``, which will become ``target``."""
    from cryoves_app.workflow.overview.overview import write_overview  # matplotlib takes a second to load

    record_name, methods_name, overview_name = (name.format(material.name) for name in RECORD_NAMES)
    project = material.project
    regions = tuple(r for r in project.regions if r.kind in _OPTIONS and r.contours)
    regions_name = REGIONS_NAME.format(material.name) if regions else ""
    if regions:
        # a project, because a model does not say how wide a tube is, nor what is filled between slices
        tomogram = resolve_from(target / regions_name, project.tomogram)
        write_project(folder / regions_name, Project(tomogram, regions=regions))
    record = run_record(material, target / record_name, target / regions_name if regions else None)
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (folder / record_name).write_text(text + "\n", encoding="utf-8")
    (folder / methods_name).write_text(methods_of(project) + "\n", encoding="utf-8")
    title = f"{material.name}: {selection_sentence(material.project)}"
    write_overview(folder / overview_name, material.volume, None, material.project.vesicles, title)


def run_record(material: Material, record_path: Path, regions_path: Path | None = None) -> JsonObject:
    """The record as JSON can hold it; the paths are where it and the regions will be, for the command."""
    project = material.project
    found = list(project.vesicles)
    return {
        **{name: value for name, value in project.run.items() if name != CANDIDATES},
        "model_name": project.model,
        "recipe": _recipe(project).to_dict(),
        "command": reproducing_command(project, material.name, record_path, regions_path),
        "methods": methods_of(project),
        "tomogram": asdict(project.tomogram),
        "counts": counts(project.vesicles),
        "exported": {
            "version": cryoves_app.__version__,
            "libraries": library_versions(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "selection": selection_sentence(project),
            "reviewed": sum(v.reviewed for v in found),
            "reviewers": dict(Reviewers.of(found).numbers),
            "disputed": list(Reviewers.of(found).disputed),
            "by_origin": {str(o): sum(v.origin is o for v in found) for o in Origin},
            "edits": dict(material.edits),
        },
    }


def reproducing_command(
    project: Project, name: str, record_path: Path, regions_path: Path | None = None
) -> str:
    """The command line that does the automatic part again; empty where nothing was found automatically.

    Regions that were drawn are read from ``regions_path``; those that came from files are named as they were.
    """
    try:
        asked = from_plain(SegmentJob, project.run.get("job"))
    except NotUnderstood:  # of an earlier version, or of none
        return str(project.run.get("command", ""))
    by_hand = project.tomogram.voxel_size_source == "user"
    job = replace(
        asked,
        tomogram=project.tomogram.absolute_path,
        folder=str(record_path.parent / AGAIN / name),
        recipe=_recipe(project),
        voxel_size_nm=project.tomogram.voxel_size_nm if by_hand else None,
        into=None,
    )
    kinds = {r.kind for r in project.regions if r.contours} if regions_path else set()
    drawn = {option for kind, option in _OPTIONS.items() if kind in kinds}
    job = replace(
        job,
        region=asked.region or (str(regions_path) if "region" in drawn else None),
        active_zone=asked.active_zone or (str(regions_path) if "active_zone" in drawn else None),
    )
    return job.command_line(str(record_path))


def methods_of(project: Project) -> str:
    """A paragraph for the Methods section, true for the vesicles as they are now."""
    if project.run:
        size_nm = project.tomogram.voxel_size_nm
        found = _membranes(project)
        text = methods_paragraph(
            _recipe(project),
            project.model,
            size_nm,
            project.vesicles,
            found,
            given=given_of_last_run(project),
        )
    else:
        text = hand_paragraph(project.vesicles)
    tubes = [r.tube_nm for r in project.regions if r.kind is RegionKind.ACTIVE_ZONE]
    sentences = [
        text,
        box_sentence(box_of_last_run(project)),
        regions_sentence(project.regions),
        distances_sentence(tubes) if tubes else "",
        Reviewers.of(project.vesicles).methods_sentence(),
    ]
    return " ".join(s for s in sentences if s)


def box_of_last_run(project: Project) -> tuple[int, ...]:
    """The box of the last run; empty where it looked everywhere, or where its record cannot be read."""
    try:
        return from_plain(SegmentJob, project.run.get("job")).box_px
    except NotUnderstood:
        return ()


def given_of_last_run(project: Project) -> str:
    """The file that took the place of the network's map in the last run; empty where none did."""
    try:
        return from_plain(SegmentJob, project.run.get("job")).given_name
    except NotUnderstood:
        return ""


def _recipe(project: Project) -> Recipe:
    """The recipe of the run; the project's own may have been changed for the next one."""
    used = project.run.get("recipe")
    return Recipe.from_dict(used) if isinstance(used, dict) else project.recipe


def _membranes(project: Project) -> MembraneModel | None:
    """What the run knew of the membranes; ``None`` where its record says nothing that can be read."""
    try:
        return from_plain(MembraneModel, project.run.get("membranes"))
    except NotUnderstood:
        return None

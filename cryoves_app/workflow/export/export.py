"""Vesicles of a project for other programs: every file is read back and compared before it counts as saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.export_formats import EXPORT_FORMATS
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.reading import exists, is_file
from cryoves_app.domain.tomogram_names import image_path
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.storage.replacing import refuse_inputs
from cryoves_app.workflow.common.output_folder import complete_files
from cryoves_app.workflow.common.summary import counts
from cryoves_app.workflow.export.copick_export import add_to_project
from cryoves_app.workflow.export.export_material import (
    ExportOptions,
    Material,
    read_material,
    selection_sentence,
    shapes_sentence,
)
from cryoves_app.workflow.export.exporters import EXPORTERS
from cryoves_app.workflow.export.record import RECORD_NAMES, REGIONS_NAME, write_run_record
from cryoves_app.workflow.project.hand_work import steps_by_hand
from cryoves_app.workflow.project.placing import misplaced

#: The step after the formats: record, Methods paragraph and overview.
RECORD = "record"

_FILES = {f.key: f.file for f in EXPORT_FORMATS}


@dataclass(frozen=True)
class Exported:
    """What was exported: which vesicles in a sentence, the files, the vesicles by status, and which look wrong."""

    sentence: str
    files: tuple[str, ...]
    counts: Mapping[str, int]
    caution: str = ""


def export_project(
    project_path: Path,
    target: Path,
    formats: Sequence[str],
    *,
    force: bool,
    options: ExportOptions | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Export a saved project into a folder; what was written and what was left out.

    Raises
    ------
    CryoVesError
        For an unknown format, a project or tomogram that can't be read, files that exist (without
        ``force``), and files that read back differently. Nothing is left then.
    """
    check_formats(formats)
    return export_material(
        read_material(project_path, options), target, formats, force=force, progress=progress
    )


def export_material(
    material: Material, target: Path, formats: Sequence[str], *, force: bool, progress: Progress | None = None
) -> Exported:
    """Export what ``export_material.material_of`` made of an open project; otherwise as ``export_project``.

    A cancelled export leaves nothing.
    """
    check_formats(formats)
    watched = progress or Progress()
    with complete_files(target, force=force, mark=RECORD_NAMES[0].format(material.name)) as partial:
        for name in formats:
            watched.start(name)
            EXPORTERS[name](material, partial / _FILES[name].format(material.name), watched)
        watched.start(RECORD)
        write_run_record(material, partial, target)
        watched.check()
        _refuse_losing_work(partial, target)
        names = _names(partial)
        refuse_inputs((target / name for name in names), [material.volume.info.path])
    files = tuple(str(target / name) for name in names)
    if "copick" in formats:
        files += tuple(map(str, add_to_project(material, target / _FILES["copick"].format(material.name))))
    sentence = selection_sentence(material.project) + shapes_sentence(material)
    sentence += material.map.sentence if "zarr" in formats else ""
    caution = misplaced(material.project).sentence()
    return Exported(sentence, files, counts(material.project.vesicles), caution)


def _names(folder: Path) -> list[str]:
    """What was written; a Zarr folder is one thing, however many chunks it holds."""
    paths = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return sorted({str(image_path(p)) for p in paths})


def _refuse_losing_work(partial: Path, target: Path) -> None:
    """The regions beside an export are a project, in which somebody may have gone on drawing."""
    for path in partial.glob(f"*{SUFFIX}"):
        there = target / path.name
        if is_file(there) and (steps := steps_by_hand(there)):
            raise CryoVesError(
                f"{there} holds work by hand ({counted(steps, 'step')}); move it away, or choose another "
                "folder."
            )


def in_the_way(name: str, target: Path, formats: Sequence[str]) -> list[str]:
    """What an export of these formats would replace in the folder."""
    wanted = [
        pattern.format(name) for pattern in (*(_FILES[f] for f in formats), *RECORD_NAMES, REGIONS_NAME)
    ]
    return [file for file in wanted if exists(target / file)]


def check_formats(formats: Sequence[str]) -> None:
    """Raises ``CryoVesError`` if a format is unknown, or none is given."""
    unknown = sorted(set(formats) - set(EXPORTERS))
    if unknown:
        raise CryoVesError(
            f"There is no export format “{unknown[0]}”; known ones are {', '.join(EXPORTERS)}."
        )
    if not formats:
        raise CryoVesError("No export format is given.")

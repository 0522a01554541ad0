"""Links of a tomogram that was just segmented, as tables beside its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.reading import is_file
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.formats.project.project_file import SUFFIX, read_project
from cryoves_app.formats.tables.rows import read_rows
from cryoves_app.storage.removal import remove_file
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.links.names import ANY_LINK_FILES, LINK_SUMMARY, LINK_TABLE
from cryoves_app.workflow.segment.job import segment_job
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import LINK_COUNTS, SegmentResult

#: Columns of the links' summary, in the order of ``LINK_COUNTS``.
_COLUMNS = ("connectors_good", "tethers_good", "connected", "tethered")


def segment_and_link(job: SegmentJob, context: JobContext) -> SegmentResult:
    """Segment a tomogram, and look for its links where that is asked for.

    What stands in the way of links is a note: the vesicles are there. Tables of links that lie there after a run that
    is left out because it was finished before are left, too.

    Raises
    ------
    CryoVesError
        As ``segment_job``.
    Cancelled
        When the user stopped it; the segmentation is finished if links were being looked for.
    """
    result = segment_job(job, context)
    if not job.links or result.elsewhere:
        return result
    folder = Path(job.folder)
    if not (result.skipped and is_file(folder / LINK_TABLE)):
        why_not = _look_for_links(job, folder, context)
        if why_not:
            note = Note(NoteKind.LINKS, f"Links were not looked for: {why_not}")
            context.note(note)
            return replace(result, notes=(*result.notes, note), files=_files(folder))
    return replace(result, links=_counts(folder / LINK_SUMMARY), files=_files(folder))


def _look_for_links(job: SegmentJob, folder: Path, context: JobContext) -> str:
    """Write their tables; why there are none, in which case those of an earlier run go.

    What finds links is loaded only here, since most runs do not look for them.
    """
    from cryoves_app.workflow.links.found import find_links
    from cryoves_app.workflow.links.plan import LinkPlan
    from cryoves_app.workflow.links.sources import source_of_project
    from cryoves_app.workflow.links.tables import write_links

    project = Path(job.into) if job.into else folder / f"{stem(Path(job.tomogram))}{SUFFIX}"
    try:
        if not _has_outline(project):
            raise CryoVesError("no outline of the cytoplasm is known (--region).")
        found = find_links(source_of_project(project), LinkPlan(), context.progress)
        context.progress.start("write", "links")
        write_links(found, folder, force=True)
    except Cancelled:
        raise
    except CryoVesError as error:
        for name in ANY_LINK_FILES:  # they are of other vesicles
            remove_file(folder / name)
        return str(error)
    return ""


def _has_outline(project: Path) -> bool:
    regions = read_project(project).regions
    return any(r.kind is RegionKind.CYTOPLASM and r.contours for r in regions)


def _counts(table: Path) -> Mapping[str, int]:
    """As the summary says; nothing where somebody changed it."""
    try:
        (row,) = read_rows(table, "a summary of links").rows
        return {name: int(row.cells[own]) for name, own in zip(LINK_COUNTS, _COLUMNS, strict=True)}
    except (CryoVesError, ValueError, KeyError):
        return {}


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(str(path) for path in folder.iterdir()))

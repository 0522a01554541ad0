"""Which projects a study is about, and the condition of each: from folders of results, queues and project files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PureWindowsPath

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.reading import exists, is_file, is_folder
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import SUFFIX, read_project
from cryoves_app.workflow.batch.queue_file import read_queue
from cryoves_app.workflow.batch.summary import SUMMARY, read_summary
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain
from cryoves_app.workflow.segment.order import SegmentJob

#: What stands for the condition of tomograms that have none.
NO_CONDITION = "all"
#: So many names stand in a sentence; the others are counted.
_MOST_NAMES = 5


@dataclass(frozen=True)
class ConditionRule:
    """Tomograms whose name or path fits a pattern belong to a condition."""

    condition: str
    pattern: str

    def fits(self, paths: Iterable[Path]) -> bool:
        return any(
            fnmatchcase(text, self.pattern)
            for path in paths
            for text in (str(path), path.as_posix(), path.name, *path.parent.parts)
        )


@dataclass(frozen=True)
class StudySource:
    """A project of the study, as it is now."""

    path: Path
    project: Project
    condition: str

    @property
    def name(self) -> str:
        return stem(Path(self.project.tomogram.absolute_path))

    @property
    def hand_count(self) -> int:
        """Vesicles that a person made, changed or checked."""
        return sum(v.is_human_work for v in self.project.vesicles)


@dataclass(frozen=True)
class StudySources:
    """The projects, by condition in the order of their first tomograms; and what was left out, in sentences.

    ``failures`` tell of projects that could not be read.
    """

    sources: tuple[StudySource, ...]
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudyInput:
    """A project file that may take part, and the condition that is known of it, if one is."""

    path: Path
    condition: str = ""


@dataclass
class _Found:
    """What inputs name; ``missing`` are tomograms without results."""

    inputs: list[StudyInput] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def find_sources(
    inputs: Sequence[Path], rules: Sequence[ConditionRule] = (), results: Path | None = None
) -> StudySources:
    """The projects that folders of results, queue files and projects name.

    Parameters
    ----------
    rules
        Go before what a queue, a summary or the run itself says of the condition.
    results
        Where the results of a queue lie that does not say it.

    Raises
    ------
    CryoVesError
        If there is none that can be read.
    """
    found = _Found()
    for path in inputs:
        _look_at(path, results, found)
    notes = [_missing_note(found.missing)] if found.missing else []
    return _read(found.inputs, rules, notes)


def sources_of(inputs: Sequence[StudyInput]) -> StudySources:
    """The projects of a queue that is open; those that are not there yet are left out.

    Raises
    ------
    CryoVesError
        If there is none that can be read.
    """
    missing = [stem(i.path) for i in inputs if not is_file(i.path)]
    notes = [_missing_note(missing)] if missing else []
    return _read([i for i in inputs if is_file(i.path)], (), notes)


def _look_at(path: Path, results: Path | None, found: _Found) -> None:
    if not exists(path):
        raise CryoVesError(f"{path} does not exist.")
    if is_folder(path):
        inside = _of_folder(path)
        if not inside:
            raise CryoVesError(
                f"{path} holds no project ({SUFFIX}), nor do the folders in it; give the folder that “cryoves batch” "
                "or “cryoves segment” wrote into."
            )
        found.inputs += inside
    elif path.suffix.lower() == SUFFIX:
        found.inputs.append(StudyInput(path))
    else:
        for job in read_queue(path, results, SegmentJob("", ""), option="--results"):
            project = Path(job.folder) / f"{stem(Path(job.tomogram))}{SUFFIX}"
            if is_file(project):
                found.inputs.append(StudyInput(project, job.condition))
            else:
                found.missing.append(stem(Path(job.tomogram)))


def _of_folder(folder: Path) -> list[StudyInput]:
    """The projects in a folder and one floor below it, with the conditions of its summary."""
    known = _conditions_of_summary(folder / SUMMARY)
    try:
        paths = [p for level in ("*", "*/*") for p in sorted(folder.glob(level + SUFFIX)) if is_file(p)]
    except OSError as error:
        raise CryoVesError(f"{folder} could not be looked into: {error.strerror}.") from error
    visible = (p for p in paths if not any(part.startswith(".") for part in p.relative_to(folder).parts))
    return [StudyInput(p, known.get(p.parent.name, "")) for p in visible]


def _conditions_of_summary(path: Path) -> Mapping[str, str]:
    """Conditions by the names of the tomograms' folders, which stay when all of it is moved."""
    if not is_file(path):
        return {}
    try:
        rows = read_summary(path)
    except CryoVesError:  # somebody changed it; the runs' own records tell
        return {}
    return {PureWindowsPath(row["folder"]).name: row["condition"] for row in rows}  # paths of any system


def _read(inputs: Iterable[StudyInput], rules: Sequence[ConditionRule], notes: list[str]) -> StudySources:
    once = {i.path.resolve(): i for i in inputs}
    read, failures = [], []
    for found in once.values():
        try:
            read.append(_source(found, rules))
        except CryoVesError as error:  # one bad file does not stop the others
            failures.append(str(error))
    if not read:
        raise CryoVesError(" ".join(["There is no finished tomogram to study yet.", *failures, *notes]))
    notes += _unused_notes(rules, read)
    chosen, more = _one_each(read)
    order = {condition: n for n, condition in enumerate(dict.fromkeys(s.condition for s in chosen))}
    return StudySources(
        tuple(sorted(chosen, key=lambda s: order[s.condition])), (*notes, *more), tuple(failures)
    )


def _source(found: StudyInput, rules: Sequence[ConditionRule]) -> StudySource:
    project = read_project(found.path)
    paths = [Path(project.tomogram.absolute_path), found.path]
    by_rule = next((rule.condition for rule in rules if rule.fits(paths)), "")
    condition = by_rule or found.condition or _condition_of_run(project) or NO_CONDITION
    return StudySource(found.path, project, condition)


def _condition_of_run(project: Project) -> str:
    try:
        return from_plain(SegmentJob, project.run.get("job")).condition
    except NotUnderstood:  # of an earlier version, or of none
        return ""


def _one_each(read: Sequence[StudySource]) -> tuple[list[StudySource], list[str]]:
    """One project for each tomogram: the one with more work by hand, else the one that was named first."""
    best: dict[tuple[str, int], StudySource] = {}
    notes = []
    for source in read:
        key = (source.project.tomogram.sha256, source.project.tomogram.size_bytes)
        other = best.setdefault(key, source)
        if other is source:
            continue
        kept, left = (source, other) if source.hand_count > other.hand_count else (other, source)
        if kept.condition == NO_CONDITION:
            kept = replace(kept, condition=left.condition)
        best[key] = kept
        notes.append(
            f"{kept.name} is there twice: {kept.path} is used ({counted(kept.hand_count, 'vesicle')} by hand), "
            f"{left.path} is not ({left.hand_count})."
        )
    return list(best.values()), notes


def _unused_notes(rules: Sequence[ConditionRule], read: Sequence[StudySource]) -> Iterator[str]:
    for rule in rules:
        if not any(rule.fits([Path(s.project.tomogram.absolute_path), s.path]) for s in read):
            yield f"No tomogram fits the pattern “{rule.pattern}” of the condition {rule.condition}."


def _missing_note(names: Sequence[str]) -> str:
    return f"Left out, as there are no results yet: {shortened(names)}."


def shortened(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more

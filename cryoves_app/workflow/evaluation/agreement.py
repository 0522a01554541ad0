"""Two people's results for one tomogram: how far they agree, and the project in which they settle what they dispute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryoves_app.analysis.scores.evaluation import Evaluation, compare
from cryoves_app.analysis.scores.judgements import cohens_kappa
from cryoves_app.analysis.scores.matching import MatchRule
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Judgement, Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import read_project, write_project
from cryoves_app.formats.tomogram_reference import resolve_from
from cryoves_app.storage.replacing import refuse_inputs
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.evaluation.errors import ErrorKind, ErrorLimits, VesicleError, list_errors
from cryoves_app.workflow.importing.regions import LoadedRegion
from cryoves_app.workflow.importing.vesicle_sources import VesicleSource, common_grid
from cryoves_app.workflow.project.actions.reshape import reshape_vesicle
from cryoves_app.workflow.project.blind import (
    AGREEMENT,
    BLIND_REVIEW,
    PEOPLE,
    SPHERES,
    TwoSpheres,
    blind_reviewer,
    spheres_to_plain,
)
from cryoves_app.workflow.quality.evaluation import Scores, evaluate_sources
from cryoves_app.workflow.segment.results import with_labels


@dataclass(frozen=True)
class PersonsResult:
    """What one person made of a tomogram."""

    name: str
    project: Project
    path: Path

    @classmethod
    def of(cls, project: Project, path: Path) -> PersonsResult:
        """The person is whose blind review it is, else who judged most, else the file's name stands for them."""
        judged = Counter(j.reviewer for v in project.vesicles for j in v.judgements)
        name = blind_reviewer(project.run) or next((name for name, _ in judged.most_common(1)), path.stem)
        return cls(name, project, path)

    @classmethod
    def read(cls, path: Path) -> PersonsResult:
        return cls.of(read_project(path), path)

    @property
    def source(self) -> VesicleSource:
        """The vesicles that count for this person."""
        tomogram = self.project.tomogram
        return VesicleSource(
            self.path, for_export(self.project.vesicles), (tomogram.shape, tomogram.voxel_size_nm)
        )

    @property
    def checked(self) -> tuple[int, int]:
        """How many vesicles this person looked at, of how many."""
        vesicles = self.project.vesicles
        return sum(v.is_checked() or v.origin is not Origin.AUTO for v in vesicles), len(vesicles)


@dataclass(frozen=True)
class JudgedByBoth:
    """Vesicles that both looked at: how many, how many of them they judged alike, and Cohen's κ of that."""

    count: int
    alike: int
    kappa: float | None


@dataclass(frozen=True)
class Agreement:
    """How far two people agree. In ``scores`` the first is what was found, the second what it is held against.

    ``disputes`` are vesicles that only one has, and pairs that differ in size or place. ``moved`` scores the pairs of
    which at least one was changed: those that both left as the program put them agree to the last digit by themselves.
    """

    first: PersonsResult
    second: PersonsResult
    scores: Scores
    disputes: tuple[VesicleError, ...]
    moved: Evaluation
    notes: tuple[str, ...] = ()
    judged: JudgedByBoth = JudgedByBoth(0, 0, None)

    @property
    def unmoved(self) -> int:
        """Pairs that are the same sphere."""
        return self.scores.evaluation.true_positives - self.moved.true_positives


def compare_people(
    first: PersonsResult,
    second: PersonsResult,
    region: LoadedRegion | None = None,
    rule: MatchRule = MatchRule.CENTRE,
    limits: ErrorLimits | None = None,
) -> Agreement:
    """Hold two people's results for one tomogram against each other.

    Raises
    ------
    CryoVesError
        If they are of different tomograms.
    """
    if first.path.resolve() == second.path.resolve():
        raise CryoVesError(f"{first.path} is given for both people; choose the other one's project.")
    if first.name == second.name:
        first, second = (replace(p, name=f"{p.name} ({p.path.stem})") for p in (first, second))
    one, other = first.project.tomogram, second.project.tomogram
    if (one.sha256, one.size_bytes) != (other.sha256, other.size_bytes):
        raise CryoVesError(
            f"{first.path} and {second.path} are of different tomograms ({one.absolute_path}; {other.absolute_path})."
        )
    a, b = first.source, second.source
    scores = evaluate_sources(a, b, common_grid(a, b), region, rule)
    pairs = [(scores.predicted[m.predicted], scores.true[m.true]) for m in scores.evaluation.matches]
    moved = [(p.sphere, t.sphere) for p, t in pairs if p.sphere != t.sphere]
    apart = compare([p for p, _ in moved], [t for _, t in moved], rule)
    notes = (*scores.notes, *_notes_on_progress(first, second))
    judged = _judged_by_both(first, second)
    return Agreement(first, second, scores, list_errors(scores, limits), apart, notes, judged)


def _judged_by_both(first: PersonsResult, second: PersonsResult) -> JudgedByBoth:
    """Of vesicles that have one number and one place in both projects, as in copies of one run."""
    pairs = [(v, second.project.vesicles.get(v.id)) for v in first.project.vesicles if v.reviewed]
    same = [(a, b) for a, b in pairs if b is not None and b.reviewed and _is_one_place(a, b)]
    ones, others = (
        ([v.status is Status.ACCEPTED for v in side] for side in zip(*same, strict=True))
        if same
        else ([], [])
    )
    alike = sum(a == b for a, b in zip(ones, others, strict=True))
    return JudgedByBoth(len(same), alike, cohens_kappa(ones, others))


def _is_one_place(a: Vesicle, b: Vesicle) -> bool:
    return a.sphere.distance_nm(b.sphere) <= max(a.radius_nm, b.radius_nm)


def _notes_on_progress(*people: PersonsResult) -> Iterator[str]:
    for person in people:
        checked, total = person.checked
        if checked < total:
            yield (
                f"{person.name} has checked {checked} of {total} vesicles: what nobody looked at agrees by itself, so "
                "judge the numbers when all are checked."
            )


def dispute_sentence(dispute: VesicleError, agreement: Agreement) -> str:
    """Who says what; no full stop."""
    first, second = agreement.first.name, agreement.second.name
    if dispute.kind is ErrorKind.FALSE:
        return f"only {first} has it"
    if dispute.kind is ErrorKind.MISSED:
        return f"only {second} has it"
    return f"{first} and {second} differ: radius {dispute.radius_error_nm:+.1f} nm, centre {dispute.distance_nm:.1f} nm"


def agreed_project(agreement: Agreement) -> Project:
    """A third project: what both have is settled, what they dispute stands first in the queue of doubtful vesicles.

    A pair gets the mean of both spheres. Disputed vesicles do not count until somebody accepts them.
    """
    base, scores = agreement.first.project, agreement.scores
    disputed = {(d.predicted, d.true): d for d in agreement.disputes}
    pairs = [(scores.predicted[m.predicted], scores.true[m.true]) for m in scores.evaluation.matches]
    settled = [_settled(pair, disputed.get(pair), agreement) for pair in pairs]
    claimed = [_claimed(d, agreement) for d in agreement.disputes if d.predicted is None or d.true is None]
    next_id = max(p.project.vesicles.next_id for p in (agreement.first, agreement.second))
    vesicles = with_labels(_renumbered([*settled, *claimed], next_id))
    run = {name: value for name, value in base.run.items() if name != BLIND_REVIEW}
    run[AGREEMENT] = _record(agreement, {p.id: (p.sphere, t.sphere) for p, t in pairs if (p, t) in disputed})
    return replace(base, vesicles=vesicles, views={}, run=run)


def _record(agreement: Agreement, spheres: Mapping[int, TwoSpheres]) -> JsonObject:
    """Whose results are settled, how far they agreed, and what each made of the pairs in which they differ."""
    return {
        PEOPLE: [agreement.first.name, agreement.second.name],
        "files": [str(agreement.first.path), str(agreement.second.path)],
        SPHERES: spheres_to_plain(spheres),
        **agreement.scores.evaluation.to_dict(),
    }


def write_agreed_project(agreement: Agreement, path: Path) -> None:
    """Write the third project.

    Raises
    ------
    CryoVesError
        If ``path`` is one of the two, or cannot be written.
    """
    refuse_inputs([path], (agreement.first.path, agreement.second.path))
    project = agreed_project(agreement)
    write_project(path, replace(project, tomogram=resolve_from(path, project.tomogram)))


def _settled(pair: tuple[Vesicle, Vesicle], dispute: VesicleError | None, agreement: Agreement) -> Vesicle:
    """A pair as one vesicle: accepted by both, or doubtful where they differ."""
    both = tuple(Judgement(p.name, Status.ACCEPTED) for p in (agreement.first, agreement.second))
    made = _mean_vesicle(*pair).but(judgements=both)
    if dispute is None:
        return made.but(status=Status.ACCEPTED, reason="", reviewed=True)
    return made.but(status=Status.OUTLIER, reason=dispute_sentence(dispute, agreement), reviewed=False)


def _mean_vesicle(a: Vesicle, b: Vesicle) -> Vesicle:
    """With the mean sphere; what was measured on another one is unknown then."""
    if a.sphere == b.sphere:
        return a
    z, y, x = ((p + q) / 2 for p, q in zip(a.sphere.centre_nm, b.sphere.centre_nm, strict=True))
    return reshape_vesicle(a, Sphere(z, y, x, (a.radius_nm + b.radius_nm) / 2))


def _claimed(dispute: VesicleError, agreement: Agreement) -> Vesicle:
    """One that only one person has."""
    own = dispute.predicted or dispute.true
    assert own is not None
    has, has_not = (
        (agreement.first, agreement.second) if dispute.predicted else (agreement.second, agreement.first)
    )
    said = (Judgement(has_not.name, Status.REJECTED), Judgement(has.name, Status.ACCEPTED))
    reason = dispute_sentence(dispute, agreement)
    return own.but(status=Status.OUTLIER, reason=reason, reviewed=False, judgements=said)


def _renumbered(vesicles: list[Vesicle], next_id: int) -> VesicleSet:
    """The first to have a number keeps it; others get new ones."""
    used: set[int] = set()
    made = []
    for vesicle in vesicles:
        number = vesicle.id
        if number in used:
            number, next_id = next_id, next_id + 1
        used.add(number)
        made.append(vesicle.but(id=number))
    return VesicleSet.of(sorted(made, key=lambda v: v.id), next_id)

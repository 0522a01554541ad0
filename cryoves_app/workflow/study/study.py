"""The study: tomograms in conditions, the means of each condition, and the tests between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from cryoves_app.analysis.study.comparison import (
    Comparison,
    MeansTest,
    adjust_p_values,
    compare_counts,
    compare_means,
    standard_deviation,
    standard_error,
)
from cryoves_app.domain.arrays import Values
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.workflow.study.measures import (
    Division,
    StudyPlan,
    TomogramMeasures,
    VolumeKind,
    measure_tomogram,
)
from cryoves_app.workflow.study.sources import StudySources, shortened


@dataclass(frozen=True)
class StudyMeasure:
    """One value for each tomogram; conditions are compared by those that say something of their own."""

    key: str
    title: str
    unit: str
    value: Callable[[TomogramMeasures], float | None]
    is_tested: bool = True

    @property
    def axis_title(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True)
class ConditionMean:
    """A measure of one condition: over ``count`` tomograms of which it is known."""

    condition: str
    measure: StudyMeasure
    count: int
    mean: float | None
    sd: float | None
    se: float | None


@dataclass(frozen=True)
class StudyTest:
    """A test between conditions; ``adjusted_p`` after Benjamini and Hochberg over all tests of the study."""

    subject: str
    method: str
    conditions: tuple[str, ...]
    counts: tuple[int, ...]
    found: Comparison
    adjusted_p: float | None = None


#: Measures of whole tomograms.
MEASURES = (
    StudyMeasure("accepted", "Vesicles", "", lambda t: t.accepted, is_tested=False),
    StudyMeasure("density_um3", "Density", "µm⁻³", lambda t: t.density_um3),
    StudyMeasure("mean_radius_nm", "Mean radius", "nm", lambda t: t.mean_radius_nm),
    StudyMeasure("sd_radius_nm", "SD of the radius", "nm", lambda t: t.sd_radius_nm, is_tested=False),
    StudyMeasure(
        "mean_neighbour_nm", "Nearest neighbour", "nm", lambda t: t.mean_neighbour_nm, is_tested=False
    ),
    StudyMeasure("neighbour_ratio", "Nearest neighbour / random", "", lambda t: t.neighbour_ratio),
    StudyMeasure("connected_share", "Share with connectors", "", lambda t: t.links.connected_share),
    StudyMeasure("tethered_share", "Share with tethers", "", lambda t: t.links.tethered_share),
    StudyMeasure("mean_connectors", "Connectors per vesicle", "", lambda t: t.links.mean_connectors),
    StudyMeasure("mean_tethers", "Tethers per vesicle", "", lambda t: t.links.mean_tethers),
)
_CHI = "chi-square"


@dataclass(frozen=True)
class Study:
    """All tomograms, measured. Tests of means have the tomogram as their unit, those of counts the vesicle."""

    tomograms: tuple[TomogramMeasures, ...]
    plan: StudyPlan = field(default_factory=StudyPlan)
    test: MeansTest = MeansTest.ANOVA
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()  # those of the notes that tell of tomograms left out

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t.source.condition for t in self.tomograms))

    def of(self, condition: str) -> list[TomogramMeasures]:
        return [t for t in self.tomograms if t.source.condition == condition]

    @cached_property
    def measures(self) -> tuple[StudyMeasure, ...]:
        """Those of which any tomogram has a value."""
        banded = [m for division in Division for m in self._banded(division)]
        return tuple(m for m in (*MEASURES, *banded) if any(m.value(t) is not None for t in self.tomograms))

    def bands(self, division: Division) -> tuple[str, ...]:
        """The zones or pools that any tomogram has, in order."""
        return tuple(dict.fromkeys(b.name for t in self.tomograms for b in t.bands if b.division is division))

    def values(self, measure: StudyMeasure, condition: str) -> Values:
        """(n,): one for each tomogram of a condition; NaN where it is not known."""
        found = [measure.value(t) for t in self.of(condition)]
        return np.array([math.nan if value is None else value for value in found])

    @cached_property
    def means(self) -> tuple[ConditionMean, ...]:
        return tuple(self._mean(measure, c) for measure in self.measures for c in self.conditions)

    @cached_property
    def tests(self) -> tuple[StudyTest, ...]:
        """Between all conditions, and where there are more than two between each two of them."""
        if len(self.conditions) < 2:
            return ()
        pairs = list(combinations(self.conditions, 2)) if len(self.conditions) > 2 else []
        found = [test for c in (self.conditions, *pairs) for test in self._tests_between(c)]
        adjusted = adjust_p_values([test.found.p_value for test in found])
        return tuple(replace(t, adjusted_p=p) for t, p in zip(found, adjusted, strict=True))

    def _mean(self, measure: StudyMeasure, condition: str) -> ConditionMean:
        values = self.values(measure, condition)
        known = values[np.isfinite(values)]
        return ConditionMean(
            condition,
            measure,
            len(known),
            float(known.mean()) if len(known) else None,
            standard_deviation(values),
            standard_error(values),
        )

    def _tests_between(self, conditions: Sequence[str]) -> Iterator[StudyTest]:
        for measure in (m for m in self.measures if m.is_tested):
            groups = [self.values(measure, c) for c in conditions]
            sizes = tuple(int(np.isfinite(g).sum()) for g in groups)
            found = compare_means(groups, self.test)
            yield StudyTest(measure.key, self.test, tuple(conditions), sizes, found)
        for division in Division:
            if self.bands(division):
                yield self._test_of_counts(division, conditions)

    def _test_of_counts(self, division: Division, conditions: Sequence[str]) -> StudyTest:
        """Whether vesicles are divided over the zones, or pools, in the same way."""
        names = self.bands(division)
        table = np.array([[self._count(c, division, name) for name in names] for c in conditions], float)
        sizes = tuple(int(n) for n in table.sum(axis=1))
        return StudyTest(f"counts in {division}", _CHI, tuple(conditions), sizes, compare_counts(table))

    def _count(self, condition: str, division: Division, name: str) -> int:
        bands = (b for t in self.of(condition) for b in t.bands)
        return sum(b.count for b in bands if b.division is division and b.name == name)

    def _banded(self, division: Division) -> Iterator[StudyMeasure]:
        for name in self.bands(division):
            for kind in _BAND_KINDS[division]:
                yield _band_measure(division, name, kind, self._place(division, name))

    def _place(self, division: Division, name: str) -> str:
        """What a zone or pool is called in titles."""
        zones = {zone.name: zone.range_text for zone in self.plan.zones}
        return zones.get(name, name) if division is Division.ZONES else name


@dataclass(frozen=True)
class _BandKind:
    """A value of a zone or pool by the name of its field."""

    field: str
    title: str
    unit: str = ""
    is_tested: bool = True


_SHARE = _BandKind("share", "Share in")
_BAND_KINDS = {
    Division.ZONES: (
        _SHARE,
        _BandKind("density_um3", "Density in", "µm⁻³", is_tested=False),  # the occupancy says nearly the same
        _BandKind("occupancy", "Occupancy of"),
    ),
    Division.POOLS: (_SHARE,),
}


def _band_measure(division: Division, name: str, kind: _BandKind, place: str) -> StudyMeasure:
    def value(tomogram: TomogramMeasures) -> float | None:
        wanted = (b for b in tomogram.bands if b.division is division and b.name == name)
        band = next(wanted, None)
        found: float | None = getattr(band, kind.field) if band is not None else None
        return found

    key = f"{division}_{name}_{kind.field}"
    return StudyMeasure(key, f"{kind.title} {place}", kind.unit, value, kind.is_tested)


def make_study(
    found: StudySources,
    plan: StudyPlan | None = None,
    test: MeansTest = MeansTest.ANOVA,
    progress: Progress | None = None,
) -> Study:
    """Measure all tomograms.

    Raises
    ------
    Cancelled
        When the user stopped it.
    CryoVesError
        If none can be measured.
    """
    plan, progress = plan or StudyPlan(), progress or Progress()
    measured, failures = [], list(found.failures)
    for number, source in enumerate(found.sources, 1):
        progress.start(f"{source.name} ({number} of {len(found.sources)})")
        try:
            measured.append(measure_tomogram(source, plan, progress))
        except Cancelled:
            raise
        except CryoVesError as error:  # one that cannot be measured does not stop the others
            failures.append(f"{source.path}: {error}")
    if not measured:
        raise CryoVesError(" ".join(["No tomogram could be measured.", *failures]))
    study = Study(tuple(measured), plan, test, (*failures, *found.notes), tuple(failures))
    return replace(study, notes=(*study.notes, *study_notes(study)))


def study_notes(study: Study) -> Iterator[str]:
    """What a reader of the tables should know."""
    yield from _volume_notes(study)
    crowded = [t.source.name for t in study.tomograms if t.accepted > 1 and t.neighbours is None]
    if crowded and study.plan.simulations:
        yield (
            f"Without a random placement, as the room is too full for chance: {shortened(crowded)}; measured distances "
            "stand there alone."
        )
    loose = [t.source.name for t in study.tomograms if t.neighbours and t.volume_of is not VolumeKind.REGION]
    if loose:
        yield (
            f"Without a region ({shortened(loose)}) chance puts vesicles anywhere in the tomogram, also where none can "
            "be, so that measured ones seem to stand together; outline the cytoplasm for a fair comparison."
        )
    if study.plan.zones and not study.bands(Division.ZONES):
        yield "No tomogram has an active zone, so nothing is said of zones; draw one under Region, or give its file."
    few = [c for c in study.conditions if len(study.of(c)) < 2]
    if len(study.conditions) < 2:
        yield "There is one condition only, so nothing is compared; name conditions in the queue or by --condition."
    elif few:
        yield (
            f"Fewer than two tomograms in {', '.join(few)}: no test of means is possible with it, since the tomogram "
            "is the unit."
        )


def _volume_notes(study: Study) -> Iterator[str]:
    kinds = {t.volume_of for t in study.tomograms}
    if len(kinds) > 1:
        yield (
            f"Densities are per volume of {' and of '.join(sorted(kinds))}, by tomogram: compare only those of one "
            "kind (column volume_of)."
        )

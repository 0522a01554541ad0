"""Links of one tomogram, with what follows of them for its vesicles."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cryoves_app.analysis.links.mixture import LinkedShare
from cryoves_app.analysis.links.network import VesicleLinks, links_of_vesicles, loop_count
from cryoves_app.analysis.links.pyto import LinkKind, SegmentMeasures, SizeClass, pyto_links
from cryoves_app.analysis.links.threads import ThreadSettings, thread_links
from cryoves_app.domain.links.judgement import LinkJudgement, LinkPlace, judgements_of
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.wording import counted
from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe, region_grey
from cryoves_app.workflow.links.sources import LinkSource


@dataclass(frozen=True)
class FoundLinks:
    """All links of a source, in the order of their ids, which count from 1; ``thresholds`` of the recipe ``pyto``.

    ``judgements`` are what people decided, of this search or an earlier one: links that they rejected stay in the
    tables and count nowhere. Of the recipe ``default`` are ``linked``, the share of all near pairs that have a link,
    their number ``candidates``, and ``surest``, the share of chance that must be allowed for one link at least.
    """

    source: LinkSource
    plan: LinkPlan
    thresholds: tuple[float, ...]
    links: tuple[SegmentMeasures, ...]
    judgements: tuple[LinkJudgement, ...] = ()
    linked: LinkedShare | None = None
    candidates: int = 0
    surest: float | None = None

    @cached_property
    def places(self) -> tuple[LinkPlace, ...]:
        """Where each link runs, in the order of their ids."""
        size = self.source.volume.voxel_size_nm
        return tuple(_place(self.source, link, size) for link in self.links)

    @cached_property
    def judged(self) -> Mapping[int, LinkJudgement]:
        """What was decided, by the link's id."""
        decided = judgements_of(self.places, self.judgements)
        return {number: j for number, j in enumerate(decided, 1) if j is not None}

    @cached_property
    def rejected(self) -> frozenset[int]:
        """Ids of links that a person does not believe."""
        return frozenset(n for n, j in self.judged.items() if j.status is Status.REJECTED)

    @property
    def big_px(self) -> int | None:
        """From so many voxels on a segment is big; ``None`` by the recipe that has no such class."""
        if self.plan.recipe is not LinkRecipe.PYTO:
            return None
        return self.plan.big_from(self.source.volume.voxel_size_nm)

    def false_share(self, kind: LinkKind) -> float | None:
        """Which share of the links of a kind is expected to be chance; ``None`` where that is not known."""
        chances = [link.evidence.chance for link in self.of(kind) if link.evidence]
        known = [chance for chance in chances if chance is not None]
        return statistics.fmean(known) if known else None

    def of(self, kind: LinkKind, size_class: SizeClass = SizeClass.GOOD) -> list[SegmentMeasures]:
        """The links of one kind and class that are not rejected."""
        return [
            link
            for number, link in enumerate(self.links, 1)
            if link.kind is kind and link.size_class is size_class and number not in self.rejected
        ]

    @cached_property
    def vesicles(self) -> tuple[VesicleLinks, ...]:
        """Counts and clusters by good links, of all vesicles' labels in rising order."""
        labels = self.source.kinds.vesicles
        connectors, tethers = ([link.ends for link in self.of(kind)] for kind in LinkKind)
        return tuple(links_of_vesicles(sorted(labels), connectors, tethers))

    @property
    def loops(self) -> int:
        """Good connectors beyond those that hold the clusters together."""
        connectors = [link.ends for link in self.of(LinkKind.CONNECTOR)]
        return loop_count(sorted(self.source.kinds.vesicles), connectors)

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads the links should know, in sentences."""
        notes = list(self.source.notes)
        if any(link.evidence.chance_p is None for link in self.links if link.evidence):
            notes.append(
                f"{self.source.name}: the region has too little room for random places, so it is not "
                "known which links are chance."
            )
        if not self.links and self.plan.recipe is LinkRecipe.DEFAULT:
            notes.append(f"{self.source.name}: {self._why_none}")
        if self.links and self.linked and self.linked.may_be_none:
            notes.append(
                f"{self.source.name}: gaps are hardly denser than random places, so all of these links may be chance."
            )
        lost = [j for j in self.judgements if j.status is Status.ACCEPTED]
        count = len(lost) - sum(j.status is Status.ACCEPTED for j in self.judged.values())
        if count:
            notes.append(
                f"{self.source.name}: {counted(count, 'link')} that {'was' if count == 1 else 'were'} accepted by hand "
                "in an earlier search cannot be found among these; the judgement is kept."
            )
        return tuple(notes)

    @property
    def _why_none(self) -> str:
        """Why the program's own recipe lists no link, and what can be done."""
        used = ThreadSettings()
        if not self.candidates:
            return (
                f"no two vesicles are less than {used.connector_reach_nm:g} nm apart, and none is within "
                f"{used.tether_reach_nm:g} nm of an active zone, so there is no gap in which a link could be."
            )
        looked = f"{counted(self.candidates, 'gap')} between near surfaces {'was' if self.candidates == 1 else 'were'} "
        if self.surest is None:
            return (
                looked
                + "looked at, and what is chance cannot be told; by the rules of Pyto segments are counted."
            )
        least = min(math.ceil(round(20 * self.surest, 6)) / 20, 1.0)
        return (
            f"{looked}looked at, and none is listed, since more than {self.plan.largest_false_share:.2f} of the links "
            f"would be chance. Allow {least:.2f} to list the likeliest (“May be chance, at most”; --false-share), or "
            "count segments by the rules of Pyto."
        )

    @property
    def sentence(self) -> str:
        """What was found, in a sentence."""
        connected = sum(v.connectors > 0 for v in self.vesicles)
        tethered = sum(v.tethers > 0 for v in self.vesicles)
        left_out = [
            f"{count} {size}"
            for size in (SizeClass.SMALL, SizeClass.BIG)
            if (count := sum(link.size_class is size for link in self.links))
        ]
        text = (
            f"{self.source.name}: {counted(len(self.of(LinkKind.CONNECTOR)), 'connector')} and "
            f"{counted(len(self.of(LinkKind.TETHER)), 'tether')} of {counted(len(self.vesicles), 'vesicle')}, "
            f"{connected} of them connected and {tethered} tethered"
        )
        return f"{text}; not counted: {', '.join(left_out)}." if left_out else f"{text}."


def find_links(source: LinkSource, plan: LinkPlan, progress: Progress | None = None) -> FoundLinks:
    """Find and measure all links of a source.

    Raises
    ------
    CryoVesError
        If its labels hold no region or no vesicle.
    Cancelled
        When the user stopped it.
    """
    watched = progress or Progress()
    watched.start("reading", source.name)
    space = source.field()
    size_nm = source.volume.voxel_size_nm
    if plan.recipe is LinkRecipe.DEFAULT:
        region_grey(space)  # of one grey nothing can be said
        settings = ThreadSettings(largest_false_share=plan.largest_false_share)
        found = thread_links(space, source.spheres(), size_nm, settings, watched)
        return FoundLinks(
            source,
            plan,
            (),
            tuple(found.links),
            source.judgements,
            found.linked,
            found.candidates,
            found.surest,
        )
    thresholds = plan.thresholds_for(space)
    links = pyto_links(space, thresholds, plan.big_from(size_nm), watched)
    return FoundLinks(source, plan, thresholds, tuple(links), source.judgements)


def _place(source: LinkSource, link: SegmentMeasures, size_nm: float) -> LinkPlace:
    a, b = sorted(source.id_of(end) for end in link.ends)
    z, y, x = link.centre_px
    return LinkPlace(a, b, (z * size_nm, y * size_nm, x * size_nm))


def linked_pairs(links: Sequence[SegmentMeasures]) -> int:
    """How many pairs of boundaries have a link."""
    return len({link.ends for link in links})

"""What is asked for in the window of links, and what is shown of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Region
from cryoves_app.domain.volume import Volume
from cryoves_app.ui.panels.links.view import LinkRow
from cryoves_app.ui.viewers.link_layer import CONNECTOR_COLOUR, TETHER_COLOUR, LinkBody

if TYPE_CHECKING:  # loads libraries for which the window's start does not wait
    from cryoves_app.workflow.links.compared import ComparedLinks
    from cryoves_app.workflow.links.found import FoundLinks
    from cryoves_app.workflow.links.others import OtherLinks


@dataclass(frozen=True)
class LinksAsked:
    """What is asked for, as the view says it, of the project as it is now; ``by_pyto`` takes the thresholds.

    ``other`` are links of another program, beside which these are set.
    """

    project: Project
    volume: Volume
    name: str
    by_pyto: bool
    thresholds: str
    false_share: float
    other: OtherLinks | None = None


@dataclass(frozen=True)
class LinksMade:
    """Links, what is shown of them, and the project's regions when they were looked for."""

    found: FoundLinks
    compared: ComparedLinks | None
    words: str
    notes: str
    methods: str
    rows: Sequence[LinkRow]
    bodies: Sequence[LinkBody]
    vesicles: Sequence[tuple[str, ...]]
    zones: Sequence[tuple[str, ...]]
    pairs: Sequence[tuple[str, ...]]
    figure: bytes
    figure_words: str
    regions: tuple[Region, ...]


def made_links(asked: LinksAsked, progress: Progress) -> LinksMade:
    """Needs libraries that take seconds to load, for which the window's start does not wait."""
    from cryoves_app.workflow.links.found import find_links
    from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe, typed_thresholds
    from cryoves_app.workflow.links.sources import project_source

    plan = LinkPlan(largest_false_share=asked.false_share)
    if asked.by_pyto:
        plan = LinkPlan(LinkRecipe.PYTO, typed_thresholds(asked.thresholds))
    source = project_source(asked.project, asked.volume, asked.name)
    return shown_of(find_links(source, plan, progress), asked.project.regions, asked.other)


def shown_of(found: FoundLinks, regions: tuple[Region, ...], other: OtherLinks | None) -> LinksMade:
    """All that the window says of links, beside those of another program where there are some."""
    from cryoves_app.workflow.links.compared import compare_links
    from cryoves_app.workflow.links.figure import links_svg
    from cryoves_app.workflow.links.methods import links_paragraph
    from cryoves_app.workflow.links.panels import figure_sentence
    from cryoves_app.workflow.links.shown import (
        compared_words,
        link_words,
        shown_links,
        vesicle_words,
        zone_words,
    )

    compared = None if other is None else compare_links(found, other)
    there = compared.of_link if compared else {}
    listed = list(shown_links(found))
    return LinksMade(
        found,
        compared,
        found.sentence,
        "\n".join((*found.notes, *(compared.notes if compared else ()))),
        links_paragraph(found),
        [
            LinkRow(
                number,
                str(link.kind),
                link_words(found, number, link, there.get(number)),
                number in found.rejected,
                str(there.get(number, "")),
            )
            for number, link in listed
        ],
        [
            LinkBody(number, TETHER_COLOUR if link.kind == "tether" else CONNECTOR_COLOUR, link.voxels)
            for number, link in listed
        ],
        list(vesicle_words(found)),
        list(zone_words(found)),
        list(compared_words(compared)) if compared else (),
        links_svg(found),
        figure_sentence(found),
        regions,
    )

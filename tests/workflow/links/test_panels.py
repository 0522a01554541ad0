"""The plots of the field: what they show, and what is published beside it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cryoves_app.domain.links.judgement import LinkJudgement
from cryoves_app.domain.vesicle import Status
from cryoves_app.workflow.links.figure import links_svg
from cryoves_app.workflow.links.panels import figure_sentence, link_panels
from tests.workflow.links.test_zones import found


def test_panels_by_hand() -> None:
    """Of three vesicles at 20, 60 and 100 nm the first two are joined, the first is tethered twice."""
    panels = {panel.key: panel for panel in link_panels(found())}
    assert list(panels) == [
        "connected", "connectors", "classes", "connector_lengths", "tethered", "tethers", "ready", "tether_lengths",
    ]  # fmt: skip
    assert panels["connected"].groups[0] == "0–45\nn = 1"
    assert panels["connected"].parts[0][1] == (1, 1, 0, None)
    assert [name for name, _ in panels["classes"].parts] == ["none", "1 or 2", "3 or more"]
    assert [values for _, values in panels["classes"].parts] == [
        (0, 0, 1, None),
        (1, 1, 0, None),
        (0, 0, 0, None),
    ]
    assert panels["tethers"].parts[0][1] == (2, 0, 0, None)
    # the connector is 15 voxels of 2 nm from surface to contact, tethers 7
    assert panels["connector_lengths"].parts[0][1] == (0, 0, 0, 1, 0)
    assert panels["tether_lengths"].parts[0][1] == (0, 1)
    assert panels["tether_lengths"].count == 2


def test_published_values_are_those_of_the_nearest_zones() -> None:
    panels = {panel.key: panel for panel in link_panels(found())}
    assert [(p.place, p.low) for p in panels["connectors"].published] == [(0, 1.63), (1, 2.39), (2, 2.92)]
    assert [(p.low, p.high) for p in panels["connected"].published] == [(0.7, 0.87)] * 4
    assert [(p.low + p.high) / 2 for p in panels["tethers"].published] == [
        pytest.approx(0.89),
        pytest.approx(1.17),
    ]
    assert panels["classes"].published == panels["tether_lengths"].published == ()


def test_without_an_active_zone_all_vesicles_are_one_group() -> None:
    panels = {panel.key: panel for panel in link_panels(found(zone=None))}
    assert list(panels) == ["connected", "connectors", "classes", "connector_lengths"]
    assert panels["connected"].groups == ("all\nn = 3",)
    assert not any(panel.published for panel in panels.values())


def test_the_figure_has_each_panel_and_the_published_values() -> None:
    drawn = links_svg(found()).decode()
    assert "Tethered vesicles" in drawn
    assert len(re.findall(r'id="[a-z_]+-published-\d', drawn)) == 4 + 3 + 1 + 2 + 2
    assert links_svg(found()) == links_svg(found())


def test_rejected_links_are_not_plotted() -> None:
    links = found()
    nothing = replace(links, judgements=tuple(LinkJudgement(p, Status.REJECTED) for p in links.places))
    panels = {panel.key: panel for panel in link_panels(nothing)}
    assert panels["connector_lengths"].parts[0][1] == (None,) * 5
    assert panels["connected"].parts[0][1] == (0, 0, 0, None)
    assert links_svg(nothing)
    assert "redundancy" not in figure_sentence(nothing)
    assert "largest cluster holds 2 of 3" in figure_sentence(links)
    assert "redundancy 0.00 (0 of 1 connectors" in figure_sentence(links)

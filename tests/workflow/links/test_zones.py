"""Links by distance from the active zone."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.links.field import LinkLabels
from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.workflow.links import sources
from cryoves_app.workflow.links.found import FoundLinks, find_links
from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe
from cryoves_app.workflow.links.sources import LinkSource
from cryoves_app.workflow.links.zones import zones_of

SHAPE, VOXEL_NM = (9, 100, 24), 2.0


def found(zone: int | None = 2) -> FoundLinks:
    """Vesicles at 20, 60 and 100 nm from an active zone at y = 0; the first two joined, the first tethered twice."""
    labels = np.ones(SHAPE, np.uint16)
    labels[:, :5] = 2
    grey = np.full(SHAPE, 50, np.int16)
    for number, y in ((10, 14), (11, 34), (12, 54)):
        labels[2:7, y - 2 : y + 3, 9:14] = number
    grey[4, 17:32, 11] = -1
    grey[3, 5:12, 10] = grey[5, 5:12, 12] = -1
    info = VolumeInfo(SHAPE, grey.dtype, VOXEL_NM)
    source = LinkSource("t", Volume(info, grey), labels, LinkLabels(1, (10, 11, 12), zone), ())
    return find_links(source, LinkPlan(LinkRecipe.PYTO, (0.0,)))


def test_zones_by_hand() -> None:
    rows = {zone.name: zone for zone in zones_of(found())}
    assert list(rows) == ["all", "0-45", "45-75", "75-150", "150-250"]
    assert [zone.vesicles for zone in rows.values()] == [3, 1, 1, 1, 0]
    first, second, third = rows["0-45"], rows["45-75"], rows["75-150"]
    assert (first.connected, first.tethered, first.mean_tethers, first.three_tethers) == (1, 1, 2, 0)
    assert (second.connected, second.tethered, second.one_or_two_connectors) == (1, 0, 1)
    assert (third.connected, third.without_connectors) == (0, 1)
    assert rows["all"].connected == pytest.approx(2 / 3)
    assert rows["all"].mean_tethers == pytest.approx(2 / 3)
    assert rows["150-250"].connected is None


def test_without_an_active_zone_there_are_no_zones() -> None:
    (only,) = zones_of(found(zone=None))
    assert (only.name, only.vesicles, only.tethered) == ("all", 3, 0)


def test_balls_of_labels_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All voxels of all labels are counted for them."""
    counted = []

    def counting(labels: np.ndarray) -> dict[int, tuple[float, float, float, float]]:
        counted.append(labels)
        return spheres_of_labels(labels)

    monkeypatch.setattr(sources, "spheres_of_labels", counting)
    links = found()
    assert zones_of(links) == zones_of(links)
    assert links.source.spheres() is links.source.spheres()
    assert len(counted) == 1

"""An active zone in two clicks, with the real mouse: found, told, taken back, refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.project.actions.run import take_over_run
from tests.analysis.surfaces.wavy_membrane import WavyMembrane

from .helpers import PATIENCE_MS, click_voxel, press
from .region_helpers import go_to, key, regions, xy

LEFT = Qt.MouseButton.LeftButton
PHANTOM = WavyMembrane()
Z = 16


@pytest.fixture
def membrane(window: MainWindow, qtbot: Any, tmp_path: Path) -> MainWindow:
    """A tomogram of a wavy membrane, at the step Region, with some vesicles on the terminal's side."""
    write_map(tmp_path / "m.mrc", PHANTOM.grey, VolumeInfo(PHANTOM.shape, PHANTOM.grey.dtype, 2.2))
    window.parts.opener.open([tmp_path / "m.mrc"])
    document, projects = window.workspace.document, window.parts.projects
    qtbot.waitUntil(lambda: document.volume is not None, timeout=PATIENCE_MS)
    if projects.session is None:
        projects.give_voxel_size(2.2)
    qtbot.waitUntil(lambda: projects.session is not None, timeout=PATIENCE_MS)
    vesicles = VesicleSet.of([Vesicle(n, 30.0 + 3 * n, 60.0, 100.0 + 5 * n, 20.0) for n in range(1, 6)])
    from cryoves_app.domain.recipe import Recipe

    assert projects.edit(lambda p: take_over_run(p, vesicles, Recipe(), "default", {"model": "some"})[0])
    window.parts.steps.open_step("Region")
    go_to(window, qtbot, Z)
    return window


def click(window: MainWindow, qtbot: Any, x: float) -> None:
    y, x = PHANTOM.click(Z, x)
    click_voxel(qtbot, xy(window), (Z, y, x))


def test_two_clicks_make_a_zone_that_is_edited_and_taken_back(membrane: MainWindow, qtbot: Any) -> None:
    view = membrane.parts.region_panel.view
    qtbot.waitUntil(lambda: view.find_zone.height() > 0 and view.find_zone.isEnabled(), timeout=PATIENCE_MS)
    qtbot.mouseClick(view.find_zone, LEFT)
    assert membrane.parts.tools.current.name == "membrane"
    assert "where the zone begins" in view.details.drawing.text()
    told: list[str] = []
    membrane.workspace.told.connect(lambda _kind, sentence: told.append(sentence))
    click(membrane, qtbot, 20)
    assert not membrane.parts.regions.zones.work.running
    click(membrane, qtbot, 90)
    qtbot.waitUntil(lambda: len(regions(membrane)) == 1, timeout=PATIENCE_MS)
    (zone,) = regions(membrane)
    assert zone.kind is RegionKind.ACTIVE_ZONE
    z, y, x = np.array([p for c in zone.contours for p in c.points_px]).T
    assert np.abs(y - PHANTOM.surface(z, x)).mean() * 2.2 < 2.0
    qtbot.waitUntil(
        lambda: any("distances go from the band's edge" in text for text in told), timeout=PATIENCE_MS
    )
    press(qtbot, membrane, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert regions(membrane) == ()


def test_escape_forgets_the_first_click_and_other_planes_are_no_place_for_it(
    membrane: MainWindow, qtbot: Any
) -> None:
    membrane.parts.tools.use("membrane")
    click(membrane, qtbot, 20)
    key(membrane, qtbot, Qt.Key.Key_Escape)
    click(membrane, qtbot, 60)
    said: list[str] = []
    membrane.parts.regions.membrane.shown.connect(said.append)
    click_voxel(qtbot, membrane.parts.views.slices[Plane.XZ], (Z, 45, 60))
    assert any(text.startswith("Click in XY") for text in said)
    assert not membrane.parts.regions.zones.work.running
    assert regions(membrane) == ()


def test_clicks_that_are_too_near_are_refused_in_a_sentence(membrane: MainWindow, qtbot: Any) -> None:
    told: list[str] = []
    membrane.workspace.told.connect(lambda _kind, sentence: told.append(sentence))
    membrane.parts.tools.use("membrane")
    click(membrane, qtbot, 50)
    click(membrane, qtbot, 55)
    qtbot.waitUntil(lambda: any("nm apart" in text for text in told), timeout=PATIENCE_MS)
    assert regions(membrane) == ()

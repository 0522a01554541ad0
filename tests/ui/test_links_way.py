"""The whole way from a tomogram to its links in the window, with real events.

CRYOVES_FILM=FOLDER films it as pictures.
"""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from cryoves_app.analysis.links.pyto import LinkKind
from cryoves_app.analysis.simulate.tomogram import SimulatedTomogram
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.wording import counted
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.quality.simulation import SimulationRequest, write_simulation

from .helpers import PATIENCE_MS, Position, click_voxel, open_file, settle
from .region_helpers import go_to, regions, xy

LEFT = Qt.MouseButton.LeftButton
#: Segmenting and outlining, on a computer that does other things, too.
RUN_MS = 600_000
TERMINAL = SimulationRequest("terminal", 7401, (56, 132, 132), 2.2, n_vesicles=28, snr=1.0)


class Film:
    """Pictures of each step, and how long it took; without a folder nothing is written.

    Seconds are those of the clock and of the window's processor; what its worker computes is not among the latter.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._since = folder, (time.monotonic(), time.process_time())
        self.seconds: dict[str, tuple[float, float]] = {}

    def take(self, name: str, *shown: QWidget) -> None:
        """The step that has just been done: pictures of the windows that show it."""
        clock, computed = self._since
        self.seconds[name] = time.monotonic() - clock, time.process_time() - computed
        if self._folder is not None:
            for number, widget in enumerate(shown):
                step = f"{len(self.seconds):02}-{name}" + (f"-{number + 1}" if number else "")
                widget.grab().save(str(self._folder / f"{step}.png"))
        self._since = time.monotonic(), time.process_time()

    def tell(self) -> None:
        if self._folder is not None:
            steps = {**self.seconds, "all": tuple(map(sum, zip(*self.seconds.values(), strict=True)))}
            lines = [
                f"| {name} | {clock:.1f} | {computed:.1f} |\n" for name, (clock, computed) in steps.items()
            ]
            (self._folder / "seconds.md").write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def film() -> Film:
    wanted = os.environ.get("CRYOVES_FILM")
    return Film(Path(wanted) if wanted else None)


@pytest.fixture
def terminal(tmp_path: Path) -> tuple[Path, SimulatedTomogram]:
    files, tomogram = write_simulation(TERMINAL, tmp_path, "terminal", Progress())
    return files.tomogram, tomogram


def membrane_clicks(tomogram: SimulatedTomogram) -> list[Position]:
    """Where a person would click: on the membrane in the middle slice, at a fifth and at four fifths of its way."""
    (zone,) = [region for region in tomogram.regions if region.kind is RegionKind.ACTIVE_ZONE]
    middle = tomogram.labels.shape[0] // 2
    points = np.array([p for c in zone.contours for p in c.points_px if round(p[0]) == middle])
    along = points[np.argsort((points - points[0]) @ (points[-1] - points[0]))]
    return [(float(z), float(y), float(x)) for z, y, x in (along[int(len(along) * s)] for s in (0.2, 0.8))]


@pytest.mark.long
def test_from_a_tomogram_to_its_links(
    window: MainWindow,
    qtbot: Any,
    terminal: tuple[Path, SimulatedTomogram],
    film: Film,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts, document = window.parts, window.workspace.document
    window.resize(1440, 880)
    open_file(window, qtbot, terminal[0])
    qtbot.waitUntil(lambda: parts.projects.session is not None, timeout=PATIENCE_MS)
    settle(window, qtbot)
    film.take("opened", window)

    parts.steps.open_step("Region")
    view = parts.region_panel.view
    qtbot.waitUntil(
        lambda: view.find_outline.height() > 0 and view.find_outline.isEnabled(), timeout=PATIENCE_MS
    )
    qtbot.mouseClick(view.find_outline, LEFT)
    qtbot.waitUntil(lambda: bool(document.regions), timeout=RUN_MS)
    settle(window, qtbot)
    film.take("outline", window)
    assert [region.kind for region in regions(window)] == [RegionKind.CYTOPLASM]

    clicks = membrane_clicks(terminal[1])
    go_to(window, qtbot, round(clicks[0][0]))
    qtbot.mouseClick(view.find_zone, LEFT)
    for place in clicks:
        click_voxel(qtbot, xy(window), place)
    qtbot.waitUntil(lambda: len(document.regions) == 2, timeout=RUN_MS)
    settle(window, qtbot)
    film.take("zone", window)
    assert regions(window)[1].kind is RegionKind.ACTIVE_ZONE

    parts.steps.open_step("Segment")
    qtbot.waitUntil(
        lambda: parts.segment.view.run.height() > 0 and parts.segment.view.run.isEnabled(),
        timeout=PATIENCE_MS,
    )
    with qtbot.waitSignal(parts.run.ended, timeout=RUN_MS):
        qtbot.mouseClick(parts.segment.view.run, LEFT)
    settle(window, qtbot)
    film.take("segmented", window)
    assert len(document.vesicles.accepted) > 10

    window.workspace.commands.action("run.links").trigger()
    links = parts.links.panel.view
    assert links is not None
    links.resize(900, 560)
    qtbot.mouseClick(links.search, LEFT)
    qtbot.waitUntil(lambda: parts.links.panel.made is not None, timeout=RUN_MS)
    made = parts.links.panel.made
    assert made is not None
    connectors = made.found.of(LinkKind.CONNECTOR)
    assert counted(len(connectors), "connector") in links.words.text()
    item = links.list.topLevelItem(0)
    assert item is not None
    qtbot.mouseClick(links.list.viewport(), LEFT, pos=links.list.visualItemRect(item).center())
    settle(window, qtbot)
    film.take("links", window, links)
    assert set(document.selection) <= {v.id for v in document.vesicles}

    for tab, name in ((links.zones, "zones"), (links.plots, "plots"), (links.methods, "methods")):
        bar = links.tabs.tabBar()
        qtbot.mouseClick(bar, LEFT, pos=bar.tabRect(links.tabs.indexOf(tab)).center())
        assert links.tabs.currentWidget() is tab
        settle(window, qtbot)
        film.take(name, links)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path / "links"))
    qtbot.mouseClick(links.save, LEFT)
    qtbot.waitUntil(lambda: (tmp_path / "links" / "links.csv").is_file(), timeout=PATIENCE_MS)
    with (tmp_path / "links" / "links.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(made.found.links)
    film.take("saved", links)
    links.close()

    parts.steps.open_step("Export")
    parts.export.view.folder.setText(str(tmp_path / "out"))
    qtbot.waitUntil(
        lambda: parts.export.view.button.height() > 0 and parts.export.view.button.isEnabled(),
        timeout=PATIENCE_MS,
    )
    qtbot.mouseClick(parts.export.view.button, LEFT)
    qtbot.waitUntil(lambda: not parts.export.busy, timeout=PATIENCE_MS)
    settle(window, qtbot)
    film.take("exported", window)
    assert "saved, read back and compared" in parts.export.view.result.text()
    film.tell()

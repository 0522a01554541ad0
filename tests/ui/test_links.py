"""Links of the open project: looked for, listed, drawn, rejected and taken back, saved; with real events."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QTreeWidget

from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.formats.tables.table import read_table
from cryoves_app.ui.panels.links.view import LinksView
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.links.compared import NamedBy
from cryoves_app.workflow.links.found import FoundLinks, find_links
from cryoves_app.workflow.links.names import ALSO_THERE, LINK_FILES
from cryoves_app.workflow.links.panels import figure_sentence
from cryoves_app.workflow.links.plan import LinkPlan
from cryoves_app.workflow.links.sources import source_of_project
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.project.actions.run import take_over_run
from tests.formats.test_pyto_segments import ROW, table

from .helpers import PATIENCE_MS, settle

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def segmented(open_window: MainWindow, qtbot: Any, sample: Path) -> MainWindow:
    """The sample with a dozen of its vesicles, some of them side by side."""
    qtbot.waitUntil(lambda: open_window.parts.projects.session is not None, timeout=PATIENCE_MS)
    truth = list(read_table(sample.with_name("sample_truth.csv"), None).vesicles)
    near = _with_neighbours(truth)
    run: dict[str, object] = {"model": "some"}
    vesicles = VesicleSet.of(near)
    assert open_window.parts.projects.edit(lambda p: take_over_run(p, vesicles, Recipe(), "default", run)[0])
    settle(open_window, qtbot)
    return open_window


def _with_neighbours(vesicles: list[Vesicle]) -> list[Vesicle]:
    """Those nearest to each other first."""

    def gap(vesicle: Vesicle) -> float:
        return min(vesicle.sphere.gap_nm(other.sphere) for other in vesicles if other is not vesicle)

    return sorted(vesicles, key=gap)[:14]


def opened(window: MainWindow, qtbot: Any) -> LinksView:
    window.workspace.commands.action("run.links").trigger()
    view = window.parts.links.panel.view
    assert view is not None
    view.activateWindow()  # no window manager does it under a bare display
    qtbot.waitUntil(view.isActiveWindow, timeout=PATIENCE_MS)
    return view


def searched(window: MainWindow, qtbot: Any) -> LinksView:
    """All gaps are listed, so that there are lines whatever is likely in the sample."""
    view = opened(window, qtbot)
    view.share.setValue(1.0)
    qtbot.mouseClick(view.search, LEFT)
    qtbot.waitUntil(lambda: window.parts.links.panel.made is not None, timeout=PATIENCE_MS)
    return view


def cells(table: QTreeWidget) -> list[list[str]]:
    items = [table.topLevelItem(n) for n in range(table.topLevelItemCount())]
    return [[item.text(c) for c in range(table.columnCount())] for item in items if item is not None]


def click_row(view: LinksView, row: int, qtbot: Any) -> None:
    item = view.list.topLevelItem(row)
    assert item is not None
    view.list.scrollToItem(item)
    qtbot.mouseClick(view.list.viewport(), LEFT, pos=view.list.visualItemRect(item).center())


def test_links_are_listed_shown_and_flown_to(segmented: MainWindow, qtbot: Any) -> None:
    view = searched(segmented, qtbot)
    made = segmented.parts.links.panel.made
    assert made is not None
    listed = cells(view.list)
    assert len(listed) == len(made.found.links) >= 3
    assert view.words.text() == made.found.sentence
    assert "has no active zone" in view.notes.text()
    assert view.methods.toPlainText().startswith("Connectors and tethers were found with CryoVes")
    assert len(cells(view.vesicles)) == 14
    assert [row[:2] for row in cells(view.zones.table)] == [["all", "14"]]
    assert view.plots.words.text() == figure_sentence(made.found)
    assert view.plots.area.drawing.renderer().isValid()
    view.tabs.setCurrentWidget(view.plots)
    settle(segmented, qtbot)
    assert view.plots.area.drawing.width() >= view.plots.area.viewport().width() - 1
    view.tabs.setCurrentIndex(0)
    click_row(view, 1, qtbot)
    link, document = made.found.links[1], segmented.workspace.document
    assert set(document.selection) == {made.found.source.id_of(end) for end in link.ends}
    assert document.cursor == pytest.approx(link.centre_px)
    settle(segmented, qtbot)
    layer = segmented.parts.links.layers[Plane.XY]
    at_cursor = round(document.cursor[0])
    drawn = link.voxels[link.voxels[:, 0] == at_cursor]
    assert layer.current.path().isEmpty() == (len(drawn) == 0)
    assert len(drawn)
    bounds = layer.current.path().boundingRect()
    assert (bounds.left(), bounds.right()) == (drawn[:, 2].min() - 0.5, drawn[:, 2].max() + 0.5)
    view.close()
    assert layer.current.path().isEmpty()


def test_where_no_link_is_listed_it_is_said_why_and_what_to_do(segmented: MainWindow, qtbot: Any) -> None:
    view, panel = opened(segmented, qtbot), segmented.parts.links.panel
    assert view.find_zone.isHidden()
    view.share.setValue(0.05)  # so surely no link of this tomogram is known
    qtbot.mouseClick(view.search, LEFT)
    qtbot.waitUntil(lambda: panel.made is not None, timeout=PATIENCE_MS)
    assert panel.made is not None
    found = panel.made.found
    assert (len(found.links), found.candidates) == (0, 12)
    assert found.surest is not None
    enough = math.ceil(20 * found.surest) / 20
    assert "12 gaps between near surfaces were looked at, and none is listed" in view.notes.text()
    assert f"Allow {enough:.2f} to list the likeliest" in view.notes.text()
    view.share.setValue(enough)
    qtbot.mouseClick(view.search, LEFT)
    qtbot.waitUntil(lambda: panel.made is not None and len(panel.made.found.links) > 0, timeout=PATIENCE_MS)
    assert "none is listed" not in view.notes.text()
    qtbot.mouseClick(view.find_zone, LEFT)
    assert segmented.parts.tools.current.name == "membrane"
    view.close()


def test_regions_drawn_since_are_said(segmented: MainWindow, qtbot: Any) -> None:
    view, projects = searched(segmented, qtbot), segmented.parts.projects
    before = view.notes.text()
    ring = Contour(((5.0, 2.0, 2.0), (5.0, 2.0, 20.0), (5.0, 20.0, 20.0)))
    assert projects.edit(lambda p: add_region(p, Region("cell", RegionKind.CYTOPLASM, (ring,))))
    qtbot.waitUntil(lambda: "regions have changed" in view.notes.text(), timeout=PATIENCE_MS)
    segmented.workspace.commands.run("edit.undo")
    qtbot.waitUntil(lambda: view.notes.text() == before, timeout=PATIENCE_MS)
    view.close()


def test_changed_vesicles_are_said(segmented: MainWindow, qtbot: Any) -> None:
    view = searched(segmented, qtbot)
    before = view.notes.text()
    assert "have changed" not in before
    segmented.workspace.document.fly_to(1)
    segmented.activateWindow()
    qtbot.waitUntil(segmented.isActiveWindow, timeout=PATIENCE_MS)
    segmented.workspace.commands.run("vesicle.reject")
    qtbot.waitUntil(lambda: "have changed" in view.notes.text(), timeout=PATIENCE_MS)
    assert view.notes.text().startswith(before)
    segmented.workspace.commands.run("edit.undo")
    qtbot.waitUntil(lambda: view.notes.text() == before, timeout=PATIENCE_MS)
    view.close()


def test_a_vesicle_selected_in_the_views_marks_its_links(segmented: MainWindow, qtbot: Any) -> None:
    view = searched(segmented, qtbot)
    made = segmented.parts.links.panel.made
    assert made is not None
    label = made.found.links[0].ends[0]
    expected = {n for n, link in enumerate(made.found.links, 1) if label in link.ends}
    segmented.workspace.document.select([made.found.source.id_of(label)])
    assert set(view.chosen) == expected
    view.close()


def test_a_link_chosen_in_the_list_chooses_no_other(segmented: MainWindow, qtbot: Any) -> None:
    """Though its vesicle, selected in the views, may have more; else Delete would reject all of them."""
    view = searched(segmented, qtbot)
    panel = segmented.parts.links.panel
    assert panel.made is not None
    made = panel.made.found
    ends = [set(link.ends) for link in made.links]
    shared = next(n for n, own in enumerate(ends) if any(own & o for m, o in enumerate(ends) if m != n))
    click_row(view, shared, qtbot)
    assert view.chosen == [shared + 1]
    view.close()


def test_the_list_is_sorted_by_number(segmented: MainWindow, qtbot: Any) -> None:
    view = searched(segmented, qtbot)
    header = view.list.header()
    left = header.sectionViewportPosition(4) + 10
    header_line = header.viewport()
    QTest.mouseClick(header_line, LEFT, pos=QPoint(left, header.height() // 2))
    strengths = [float(row[4]) for row in cells(view.list)]
    assert strengths == sorted(strengths, reverse=strengths[0] > strengths[-1])
    click_row(view, 0, qtbot)
    assert len(view.chosen) == 1
    view.close()


def test_rejected_links_count_nowhere_until_taken_back(
    segmented: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    view, panel = searched(segmented, qtbot), segmented.parts.links.panel
    assert panel.made is not None
    before, words = len(panel.made.found.links), view.words.text()
    click_row(view, 0, qtbot)
    QTest.keyClick(view.list, Qt.Key.Key_Delete)
    assert panel.made.found.rejected == {1}
    assert view.words.text() != words
    item = view.list.topLevelItem(0)
    assert item is not None
    assert item.font(0).strikeOut()
    assert cells(view.list)[0][-1] == "rejected"
    assert len(segmented.parts.links.links.bodies) == before - 1
    panel.save(tmp_path)
    qtbot.waitUntil(lambda: (tmp_path / "links.csv").is_file(), timeout=PATIENCE_MS)
    with (tmp_path / "links.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["status"] for row in rows] == ["rejected", *["accepted"] * (before - 1)]
    assert [bool(row["judged_by"]) for row in rows] == [True, *[False] * (before - 1)]
    QTest.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (panel.made.found.rejected, view.words.text()) == (frozenset(), words)
    QTest.keyClick(
        view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert panel.made.found.rejected == {1}
    qtbot.mouseClick(view.rejecting, LEFT)
    assert panel.made.found.rejected == frozenset()
    view.close()


def test_judgements_are_steps_of_the_project_and_hold_in_the_next_search(
    segmented: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    view, panel, projects = (
        searched(segmented, qtbot),
        segmented.parts.links.panel,
        segmented.parts.projects,
    )
    click_row(view, 0, qtbot)
    qtbot.mouseClick(view.rejecting, LEFT)
    click_row(view, 1, qtbot)
    QTest.keyClick(view.list, Qt.Key.Key_A)
    assert projects.session is not None
    assert [step.title.split()[0] for step in projects.session.steps[-2:]] == ["Reject", "Accept"]
    assert [row[-1] for row in cells(view.list)[:3]] == ["rejected", "accepted", ""]
    projects.session.save_as(tmp_path / "p.cryoves")
    kept = read_project(tmp_path / "p.cryoves").link_judgements
    assert [(j.status, bool(j.reviewer)) for j in kept] == [(Status.REJECTED, True), (Status.ACCEPTED, True)]
    qtbot.mouseClick(view.search, LEFT)
    qtbot.waitUntil(lambda: panel.made is not None, timeout=PATIENCE_MS)
    assert [row[-1] for row in cells(view.list)[:3]] == ["rejected", "accepted", ""]
    found = find_links(source_of_project(tmp_path / "p.cryoves"), LinkPlan(largest_false_share=1.0))
    assert found.rejected == {1}
    assert found.judged[2].status is Status.ACCEPTED
    segmented.workspace.commands.run("edit.undo")
    assert [row[-1] for row in cells(view.list)[:3]] == ["rejected", "", ""]
    view.close()


def test_files_are_replaced_only_when_asked_for(
    segmented: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = searched(segmented, qtbot)
    (tmp_path / "links.csv").write_text("mine")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    qtbot.mouseClick(view.save, LEFT)
    assert (tmp_path / "links.csv").read_text() == "mine"
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    qtbot.mouseClick(view.save, LEFT)
    qtbot.waitUntil(lambda: {p.name for p in tmp_path.iterdir()} >= set(LINK_FILES), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: (tmp_path / "links.csv").read_text() != "mine", timeout=PATIENCE_MS)
    view.close()


def test_by_the_rules_of_pyto_with_thresholds(segmented: MainWindow, qtbot: Any) -> None:
    view, panel = opened(segmented, qtbot), segmented.parts.links.panel
    view.recipe.setFocus()
    QTest.keyClick(view.recipe, Qt.Key.Key_Down)
    view.recipe.activated.emit(view.recipe.currentIndex())
    assert view.by_pyto
    assert view.thresholds.isVisible()
    assert not view.share.isVisible()
    view.thresholds.setFocus()
    QTest.keyClicks(view.thresholds, "nonsense")
    qtbot.mouseClick(view.search, LEFT)
    qtbot.waitUntil(lambda: not panel.work.running, timeout=PATIENCE_MS)
    assert "START:STOP:STEP" in view.words.text()
    view.thresholds.clear()
    QTest.keyClicks(view.thresholds, "-60:-20:10")
    assert view.level.isVisible()
    view.level.setFocus()
    QTest.keyClick(view.level, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: view.words.text().startswith("Threshold -20: "), timeout=PATIENCE_MS)
    bodies = segmented.parts.links.links.bodies
    assert view.words.text() == f"Threshold -20: {len(bodies)} segments touch two boundaries."
    grey = segmented.workspace.document.volume.data
    assert len(bodies) > 0
    assert all(grey[tuple(voxel)] <= -20 for body in bodies for voxel in body.voxels[:20])
    qtbot.mouseClick(view.search, LEFT)
    qtbot.waitUntil(lambda: panel.made is not None, timeout=PATIENCE_MS)
    assert panel.made is not None
    assert panel.made.found.thresholds == (-60, -50, -40, -30, -20)
    assert "by the rules of Pyto" in view.methods.toPlainText()
    view.close()


def test_cancelling_leaves_nothing(segmented: MainWindow, qtbot: Any) -> None:
    view, panel = opened(segmented, qtbot), segmented.parts.links.panel
    qtbot.mouseClick(view.search, LEFT)
    qtbot.mouseClick(view.cancel, LEFT)
    qtbot.waitUntil(lambda: not panel.work.running, timeout=PATIENCE_MS)
    assert view.words.text() == "Stopped."
    assert cells(view.list) == []
    view.close()


def _as_pyto(folder: Path, made: FoundLinks) -> None:
    """The first link as Pyto would have it, and one between two vesicles that are not linked here."""
    first = made.links[0]
    ends = {link.ends for link in made.links}
    labels = sorted(made.source.kinds.vesicles)
    free = next((a, b) for a in labels for b in labels if a < b and (a, b) not in ends)
    rows = [
        ROW.replace("[10 18]", f"[{a} {b}]").replace("  7 ", f"  {n} ", 1)
        for n, (a, b) in enumerate((first.ends, free), 1)
    ]
    table(folder / "t_new_connectors_good.dat", *rows)


def test_links_beside_those_of_pyto(
    segmented: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, panel = searched(segmented, qtbot), segmented.parts.links.panel
    assert panel.made is not None
    found = panel.made.found
    assert view.list.isColumnHidden(ALSO_THERE)
    assert view.kind.count() == 3
    pyto = tmp_path / "pyto"
    pyto.mkdir()
    _as_pyto(pyto, found)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(pyto))
    view.folder_to_compare.trigger()
    qtbot.waitUntil(lambda: view.tabs.currentWidget() is view.compared, timeout=PATIENCE_MS)
    compared = panel.made.compared
    assert compared is not None
    assert view.compared.words.text() == compared.sentence
    pairs = cells(view.compared.table)
    assert [row[1] for row in pairs].count("both") == 1
    assert [row[1] for row in pairs].count("only there") == 1
    only_there = next(n for n, row in enumerate(pairs) if row[1] == "only there")
    item = view.compared.table.topLevelItem(only_there)
    assert item is not None
    view.compared.table.scrollToItem(item)
    rectangle = view.compared.table.visualItemRect(item)
    qtbot.mouseClick(view.compared.table.viewport(), LEFT, pos=rectangle.center())
    assert set(segmented.workspace.document.selection) == set(compared.pairs[only_there].ends or ())
    view.tabs.setCurrentIndex(0)
    assert not view.list.isColumnHidden(ALSO_THERE)
    assert [row[ALSO_THERE] for row in cells(view.list)] == ["yes", *["no"] * (len(found.links) - 1)]
    view.kind.setCurrentIndex(view.kind.findData("both"))
    view.kind.activated.emit(view.kind.currentIndex())
    assert [row[0] for row in cells(view.list)] == ["connector 1"]
    click_row(view, 0, qtbot)
    qtbot.mouseClick(view.rejecting, LEFT)  # a rejected link is none that both name
    assert panel.made.compared is not None
    assert panel.made.compared.count(NamedBy.BOTH) == 0
    panel.save(tmp_path / "saved")
    qtbot.waitUntil(lambda: (tmp_path / "saved" / "links.csv").is_file(), timeout=PATIENCE_MS)
    assert (tmp_path / "saved" / "links_compared.csv").is_file()
    view.close()


def test_what_cannot_be_compared_is_said(
    segmented: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = searched(segmented, qtbot)
    (tmp_path / "a.pkl").write_bytes(b"cos")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "a.pkl"), ""))
    view.file_to_compare.trigger()
    qtbot.waitUntil(lambda: "is a pickle" in view.words.text(), timeout=PATIENCE_MS)
    assert len(cells(view.list)) > 0
    assert view.kind.count() == 3
    view.close()

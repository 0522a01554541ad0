"""The Measure step and the plots: pools that recolour the views, linked selection, files."""

from __future__ import annotations

import csv
import statistics
from pathlib import Path
from typing import Any

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QLineEdit

from cryoves_app.domain.colours import NO_POOL, POOL_COLOURS
from cryoves_app.domain.pools import PoolRule
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.panels.plots.data import PlotKind, PlotSpec, plot_data
from cryoves_app.ui.panels.plots.drawing import fit
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.project.actions.regions import add_region

from .helpers import PATIENCE_MS, give_vesicles, press, settle


def drawn_regions(edge: int) -> tuple[Region, Region]:
    """A zone along x at y 4, and a cytoplasm that holds all vesicles above it."""
    slices = range(40, 64)
    high = edge - 2.0
    zone = tuple(Contour(((z, 4.0, 1.0), (z, 4.0, high)), closed=False) for z in slices)
    cell = tuple(Contour(((z, 5.5, 1.0), (z, 5.5, high), (z, high, high), (z, high, 1.0))) for z in slices)
    return Region("cell", RegionKind.CYTOPLASM, cell), Region("active zone", RegionKind.ACTIVE_ZONE, zone)


@pytest.fixture
def measured(open_window: MainWindow, qtbot: Any) -> MainWindow:
    """Twelve vesicles (eight accepted) above an active zone, with the Measure step open."""
    give_vesicles(open_window, qtbot)
    window = open_window
    _, edge, _ = window.workspace.document.volume.shape  # type: ignore[union-attr]
    for region in drawn_regions(edge):
        window.parts.projects.edit(lambda project, region=region: add_region(project, region))
    with qtbot.waitSignal(window.parts.measuring.measured, timeout=PATIENCE_MS):
        pass
    window.parts.steps.open_step("Measure")
    return window


def type_into(qtbot: Any, window: MainWindow, row: int, column: int, text: str) -> None:
    """Edit a cell of the pool table as a person does."""
    table = window.parts.measure.view.table
    place = table.visualItemRect(table.item(row, column)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    editor = table.findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: table.findChild(QLineEdit) is None, timeout=PATIENCE_MS)


def counts(window: MainWindow) -> list[str]:
    table = window.parts.measure.view.table
    return [table.item(row, table.columnCount() - 1).text() for row in range(table.rowCount())]


def choose(combo: Any, value: Any) -> None:
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def test_the_step_says_what_it_lacks(open_window: MainWindow, qtbot: Any) -> None:
    view = open_window.parts.measure.view
    open_window.parts.steps.open_step("Measure")
    assert "needs vesicles" in open_window.parts.steps.sections["Measure"].note.text()
    assert not view.button.isEnabled()
    give_vesicles(open_window, qtbot)
    assert "need one" in view.missing.text()
    assert view.region.isVisible()
    assert view.button.isEnabled()


def test_changing_a_band_recolours_the_views_at_once(measured: MainWindow, qtbot: Any) -> None:
    view, document, scene = measured.parts.measure.view, measured.workspace.document, measured.workspace.scene
    assert not view.region.isVisible()
    qtbot.mouseClick(view.colour, Qt.MouseButton.LeftButton, pos=QPoint(8, view.colour.height() // 2))
    nearest = min(document.vesicles, key=lambda v: v.az_rim_nm or 1e9)
    row = scene.vesicles.index(nearest)
    assert nearest.pool == "distal"
    assert scene.colouring.styles[row].colour == POOL_COLOURS[2]
    type_into(qtbot, measured, 2, 1, f"{(nearest.az_rim_nm or 0) + 1:.1f}")
    assert document.vesicles.get(nearest.id).pool == ""  # type: ignore[union-attr]
    assert scene.colouring.styles[row].colour == NO_POOL
    type_into(qtbot, measured, 1, 2, f"{(nearest.az_rim_nm or 0) + 1:.1f}")
    assert document.vesicles.get(nearest.id).pool == "intermediate"  # type: ignore[union-attr]
    assert scene.colouring.styles[row].colour == POOL_COLOURS[1]
    assert [name for name, _ in scene.colouring.legend.entries] == [*document.pools.names, "in no pool"]  # type: ignore[union-attr]
    session = measured.parts.projects.session
    assert session is not None
    assert session.project.pools == document.pools


def test_bands_that_cannot_be_are_answered_and_change_nothing(measured: MainWindow, qtbot: Any) -> None:
    view, document = measured.parts.measure.view, measured.workspace.document
    before = document.pools
    type_into(qtbot, measured, 0, 2, "60")
    assert "overlap" in view.hint.text()
    type_into(qtbot, measured, 0, 2, "far")
    assert "no distance" in view.hint.text()
    assert document.pools == before
    type_into(qtbot, measured, 0, 2, "40")
    assert view.hint.text() == ""
    assert document.pools.bands[0].high_nm == 40


def test_pools_by_filters(measured: MainWindow, qtbot: Any) -> None:
    view, document = measured.parts.measure.view, measured.workspace.document
    choose(view.rule, PoolRule.FILTER)
    radii = [v.radius_nm for v in document.vesicles if v.status == "accepted"]
    small = sum(r < 20 for r in radii)
    assert counts(measured) == [str(small), str(len(radii) - small)]
    type_into(qtbot, measured, 1, 1, "radius >= 22")
    assert counts(measured) == [str(small), str(sum(r >= 22 for r in radii))]
    type_into(qtbot, measured, 1, 1, "colour > 2")
    assert "colour" in view.hint.text()
    qtbot.mouseClick(view.add, Qt.MouseButton.LeftButton)
    assert document.pools.names == ("small", "large", "pool 1")
    qtbot.mouseClick(view.usual, Qt.MouseButton.LeftButton)
    assert document.pools.names == ("small", "large")
    choose(view.rule, PoolRule.CENTRE)
    assert document.pools.names == ("proximal", "intermediate", "distal")
    qtbot.mouseClick(view.add, Qt.MouseButton.LeftButton)
    assert (document.pools.bands[-1].low_nm, document.pools.bands[-1].high_nm) == (250, 300)
    qtbot.mouseClick(view.remove, Qt.MouseButton.LeftButton)
    assert document.pools.names == ("proximal", "intermediate", "distal")


def test_distances_stand_beside_what_they_mean(measured: MainWindow) -> None:
    document = measured.workspace.document
    vesicle = document.vesicles.accepted[0]
    document.select([vesicle.id])
    text = measured.parts.measure.view.selected.text()
    assert f"{vesicle.az_centre_nm:.1f} nm from the active zone to the centre" in text
    assert f"{vesicle.az_rim_nm:.1f} nm from the active zone to the rim" in text
    assert vesicle.az_centre_nm - vesicle.az_rim_nm == pytest.approx(vesicle.radius_nm)  # type: ignore[operator]


def test_of_several_vesicles_the_mean_distances_are_shown(measured: MainWindow, qtbot: Any) -> None:
    document = measured.workspace.document
    press(qtbot, measured, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    chosen = document.selected()
    known = [v.az_centre_nm for v in chosen if v.az_centre_nm is not None]
    assert len(known) > 1
    text = measured.parts.measure.view.selected.text()
    assert text.startswith(f"<b>{len(chosen)} vesicles</b>, on average")
    assert f"{statistics.fmean(known):.1f} nm from the active zone to the centre" in text
    document.select([])
    assert measured.parts.measure.view.selected.text() == ""


@pytest.fixture
def plotted(measured: MainWindow, qtbot: Any) -> MainWindow:
    qtbot.mouseClick(measured.parts.measure.view.button, Qt.MouseButton.LeftButton)
    assert measured.inspector.currentWidget() is measured.parts.plots.view
    qtbot.waitUntil(lambda: measured.parts.plots.view.chart.isVisible(), timeout=PATIENCE_MS)
    settle(measured, qtbot)
    return measured


def click_plot(
    qtbot: Any,
    window: MainWindow,
    x: float,
    y: float,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    chart = window.parts.plots.view.chart
    place = chart.place(x, y).toPoint()
    qtbot.mouseMove(chart.viewport(), place)
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, modifiers, place)
    QApplication.processEvents()


def test_a_click_on_a_bar_selects_its_vesicles(plotted: MainWindow, qtbot: Any) -> None:
    document, data = plotted.workspace.document, plotted.parts.plots.data
    assert data is not None
    first, last = (data.edges[0] + data.edges[1]) / 2, (data.edges[-2] + data.edges[-1]) / 2
    inside = {v.id for v in document.vesicles.accepted if data.edges[0] <= v.radius_nm < data.edges[1]}
    click_plot(qtbot, plotted, first, 0.3)
    assert set(document.selection) == inside != set()
    table = plotted.parts.vesicles.view.table
    assert len(table.selectionModel().selectedRows()) == len(inside)
    click_plot(qtbot, plotted, last, 0.3, Qt.KeyboardModifier.ShiftModifier)
    assert set(document.selection) > inside
    click_plot(qtbot, plotted, first, data.counts(data.known).max() * 1.04)
    assert document.selection == ()


def test_a_point_is_selected_by_a_click_and_many_by_a_rectangle(plotted: MainWindow, qtbot: Any) -> None:
    document, plots = plotted.workspace.document, plotted.parts.plots
    plots.view.show_spec(PlotSpec(PlotKind.SCATTER, "radius_nm", "z_nm"))
    settle(plotted, qtbot)
    data = plots.data
    assert data is not None
    vesicle = document.vesicles.accepted[3]
    click_plot(qtbot, plotted, vesicle.radius_nm, vesicle.z_nm)
    assert document.selection == (vesicle.id,)
    chart = plots.view.chart
    start = chart.place(data.x.min(), data.y.max()).toPoint() + QPoint(-5, -5)
    end = chart.place(data.x.max(), data.y.min()).toPoint() + QPoint(5, 5)
    qtbot.mousePress(chart.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for share in (0.2, 0.6, 1.0):
        qtbot.mouseMove(chart.viewport(), start + (end - start) * share)
        QApplication.processEvents()
    qtbot.mouseRelease(chart.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert set(document.selection) == {v.id for v in document.vesicles.accepted}


def test_a_selection_made_elsewhere_stands_out_in_the_plot(plotted: MainWindow) -> None:
    document, chart = plotted.workspace.document, plotted.parts.plots.view.chart
    bare = len(chart.getPlotItem().items)
    document.select([document.vesicles.accepted[0].id])
    assert len(chart.getPlotItem().items) == bare + 1
    document.select([])
    assert len(chart.getPlotItem().items) == bare


def test_plots_are_saved_as_picture_drawing_and_values(plotted: MainWindow, tmp_path: Path) -> None:
    plots = plotted.parts.plots
    for kind in PlotKind:
        plots.view.show_spec(PlotSpec(kind, "radius_nm", "nn_distance_nm"))
        plots.refresh()
        for ending in ("png", "svg", "csv"):
            plots.save(tmp_path / f"{kind.name}.{ending}")
        picture = QImage(str(tmp_path / f"{kind.name}.png"))
        assert (picture.width(), picture.height()) == (2000, 1417)
        assert QColor(picture.pixel(3, 3)).name() == "#ffffff"
        colours = {QColor(picture.pixel(x, y)).name() for x in range(0, 2000, 9) for y in range(200, 1417, 9)}
        assert POOL_COLOURS[2].lower() in colours
        drawing = (tmp_path / f"{kind.name}.svg").read_text()
        assert "distal" in drawing
        assert "radius" in drawing
        rows = list(csv.DictReader((tmp_path / f"{kind.name}.csv").read_text().splitlines()))
        accepted = plotted.workspace.document.vesicles.accepted
        assert [int(row["id"]) for row in rows] == [v.id for v in accepted]
        assert float(rows[0]["radius_nm"]) == accepted[0].radius_nm
        assert rows[0]["pool"] == "distal"
    plots.save(tmp_path / "plot.docx")
    assert any("not as “.docx”" in s for s in plotted.notices.sentences())


def test_numbers_of_the_pools_are_copied_and_saved(plotted: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    view = plotted.parts.plots.view
    qtbot.mouseClick(view.copy_summary, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("pool\tn\tper µm³\tradius (nm)")
    assert lines[-1].startswith("all\t8\t")
    plotted.parts.plots.save_summary(tmp_path / "pools.csv")
    rows = {row["pool"]: row for row in csv.DictReader((tmp_path / "pools.csv").read_text().splitlines())}
    accepted = plotted.workspace.document.vesicles.accepted
    distal = [v for v in accepted if v.pool == "distal"]
    assert int(rows["distal"]["count"]) == len(distal) > 0
    volume = float(rows["distal"]["volume_um3"])
    assert float(rows["distal"]["density_per_um3"]) == pytest.approx(len(distal) / volume)
    assert float(rows["all"]["volume_um3"]) > volume > 0


def test_plots_open_by_key_and_follow_an_edit(measured: MainWindow, qtbot: Any) -> None:
    press(qtbot, measured, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert measured.inspector.currentWidget() is measured.parts.plots.view
    plots, document = measured.parts.plots, measured.workspace.document
    before = plots.view.figures.text()
    assert before.startswith("n 8 · mean ")
    document.select([document.vesicles.accepted[0].id])
    measured.parts.editor.reject()
    assert plots.view.figures.text().startswith("n 7 · mean ")


@pytest.mark.parametrize("highest", [1, 3, 9, 14, 15, 40, 148])
def test_a_histogram_counts_in_whole_vesicles(qapp: object, highest: int) -> None:
    alike = [Vesicle(i + 1, 50.0, 50.0, 50.0, 20.0) for i in range(highest)]
    data = plot_data(alike, PlotSpec(PlotKind.HISTOGRAM, "radius_nm"), (), 1.0)
    plot = pg.PlotItem()
    fit(plot, data)
    ((step, values),) = plot.getAxis("left").tickValues(0, highest * 1.08, 300)
    assert step == int(step)
    assert 2 <= len(values) <= 10


def test_the_heads_of_the_pool_table_are_not_cut_off(measured: MainWindow) -> None:
    header = measured.parts.measure.view.table.horizontalHeader()
    for column in range(header.count()):
        assert header.sectionSize(column) >= header.sectionSizeHint(column)


def test_every_row_of_the_numbers_is_seen_in_a_low_window(plotted: MainWindow, qtbot: Any) -> None:
    plotted.resize(1366, 700)
    settle(plotted, qtbot)
    table = plotted.parts.plots.view.summary
    last = table.visualItemRect(table.item(table.rowCount() - 1, 0))
    assert table.viewport().rect().contains(last)

"""Export from the window, and measures that follow edits."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton

from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.volume import GridMap
from cryoves_app.formats.pyto import read_ids
from cryoves_app.formats.tables.table import read_vesicles, write_vesicles
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.command_sets.files import import_file
from cryoves_app.ui.panels.export.options import usual_binning
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.export.export_material import ExportOptions, Material
from cryoves_app.workflow.export.exporters import EXPORTERS
from cryoves_app.workflow.project.actions.regions import add_region

from .helpers import PATIENCE_MS, give_vesicles, press


def answer(qtbot: Any, button: str, told: list[str] | None = None) -> None:
    """Click a button of the question that is about to come."""

    def click(tries: int = 100) -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            assert tries, "no question was asked"
            QTimer.singleShot(50, lambda: click(tries - 1))
            return
        if told is not None:
            told.append(box.text())
        (chosen,) = [b for b in box.buttons() if b.text().replace("&", "") == button]
        qtbot.mouseClick(chosen, Qt.MouseButton.LeftButton)

    QTimer.singleShot(50, click)


def click_export(window: MainWindow, qtbot: Any) -> None:
    qtbot.mouseClick(window.parts.export.view.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.parts.export.busy, timeout=PATIENCE_MS)


def add_regions(window: MainWindow, *drawn: Region) -> None:
    for region in drawn:
        assert window.parts.projects.edit(lambda project, region=region: add_region(project, region))


@pytest.fixture
def exporting(open_window: MainWindow, qtbot: Any, tmp_path: Path) -> MainWindow:
    """Twelve vesicles, eight of them accepted, and the Export step open."""
    open_window.parts.steps.open_step("Export")
    assert not open_window.parts.export.view.button.isEnabled()
    give_vesicles(open_window, qtbot)
    open_window.parts.export.view.folder.setText(str(tmp_path / "out"))
    return open_window


def test_ticked_formats_are_written_and_existing_files_are_replaced_only_after_asking(
    exporting: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    view = exporting.parts.export.view
    assert view.selection.text() == "8 accepted go out (8 of them not yet checked). Left out: 4 outliers."
    for name in ("labels", "star"):
        qtbot.mouseClick(view.formats.ticks[name], Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    click_export(exporting, qtbot)
    assert view.result.text().startswith("7 files saved, read back and compared: 8 accepted")
    assert view.open_folder.isVisible()
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {
        "sample_vesicles.csv", "sample.mod", "sample_labels.mrc", "sample_particles.star", "sample_run.json",
        "sample_methods.txt", "sample_overview.png",
    }  # fmt: skip
    table = tmp_path / "out" / "sample_vesicles.csv"
    assert len(read_vesicles(table)) == 12
    document = exporting.workspace.document
    document.select([document.vesicles.accepted[0].id])
    exporting.parts.editor.reject()
    told: list[str] = []
    before = table.read_bytes()
    answer(qtbot, "Cancel", told)
    press(qtbot, exporting, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert "sample.mod" in told[0]
    assert table.read_bytes() == before
    answer(qtbot, "Replace")
    qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: view.result.text().startswith("7 files saved, read back and compared: 7 accepted"),
        timeout=PATIENCE_MS,
    )
    assert table.read_bytes() != before


def test_nothing_ticked_is_answered(exporting: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    for tick in exporting.parts.export.view.formats.ticks.values():
        tick.setChecked(False)
    click_export(exporting, qtbot)
    assert any("Tick the formats" in s for s in exporting.notices.sentences())
    assert not (tmp_path / "out").exists()


def tick_only(window: MainWindow, *names: str) -> None:
    for name, tick in window.parts.export.view.formats.ticks.items():
        tick.setChecked(name in names)


def test_an_export_can_be_cancelled_and_leaves_nothing(
    exporting: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_material: Material, path: Path, progress: Progress) -> None:
        path.write_text("half")
        while True:
            progress.report(0.5)
            time.sleep(0.01)

    monkeypatch.setitem(EXPORTERS, "csv", endless)  # type: ignore[arg-type]
    tick_only(exporting, "imod", "csv")
    view = exporting.parts.export.view
    qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.doing.text().startswith("Writing csv"), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: view.busy.value() == 500, timeout=PATIENCE_MS)
    assert not exporting.workspace.commands.action("file.export").isEnabled()
    qtbot.mouseClick(view.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not exporting.parts.export.busy, timeout=PATIENCE_MS)
    assert view.result.text() == "Cancelled; nothing was written."
    assert not (tmp_path / "out").exists()
    assert view.button.isEnabled()


def plane(y: float, *, closed: bool) -> tuple[Contour, ...]:
    """On the slices around the vesicles: a line along x, or all between y and the far end."""
    ends = ((y, 2.0), (y, 250.0)) if not closed else ((y, 2.0), (y, 250.0), (250.0, 250.0), (250.0, 2.0))
    return tuple(Contour(tuple((float(z), *end) for end in ends), closed=closed) for z in range(30, 75))


def square(vesicle: Vesicle, half_px: float, voxel_nm: float) -> tuple[Contour, ...]:
    """Around a vesicle's centre on a few slices; a small one lies wholly within the vesicle."""
    z, y, x, _ = vesicle.sphere.to_px(voxel_nm)
    slices = range(round(z - half_px / 2), round(z + half_px / 2) + 1)
    corners = ((-half_px, -half_px), (-half_px, half_px), (half_px, half_px), (half_px, -half_px))
    return tuple(Contour(tuple((float(k), y + b, x + a) for b, a in corners)) for k in slices)


def test_checks_for_pyto_are_listed_and_lead_to_the_vesicles(exporting: MainWindow, qtbot: Any) -> None:
    view, document = exporting.parts.export.view, exporting.workspace.document
    tick_only(exporting, "pyto")
    qtbot.waitUntil(
        lambda: view.formats.check.height() > 0, timeout=PATIENCE_MS
    )  # its part has just unfolded
    qtbot.mouseClick(view.formats.check, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(view.formats.findings.texts) > 0, timeout=PATIENCE_MS)
    assert any("no cytoplasm region" in text for text in view.formats.findings.texts)
    assert any("no active zone" in text for text in view.formats.findings.texts)
    hidden, seen = document.vesicles.accepted[:2]
    within = (*square(hidden, 3.0, document.voxel_size_nm), *square(seen, 14.0, document.voxel_size_nm))
    add_regions(exporting, Region("cell", RegionKind.CYTOPLASM, within))
    assert view.formats.findings.texts == []  # what was found is not true any more
    qtbot.waitUntil(lambda: document.vesicles.vesicles[0].inside_region is not None, timeout=PATIENCE_MS)
    qtbot.mouseClick(view.formats.check, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: any("Without contact" in t for t in view.formats.findings.texts), timeout=PATIENCE_MS
    )

    def links() -> list[QPushButton]:
        return [b for b in view.formats.findings.findChildren(QPushButton) if b.isVisible()]

    qtbot.waitUntil(lambda: bool(links()), timeout=PATIENCE_MS)  # a busy machine lays them out later
    qtbot.mouseClick(links()[0], Qt.MouseButton.LeftButton)
    assert document.selection == (hidden.id,)


def test_problems_for_pyto_are_asked_about(exporting: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    add_regions(
        exporting,
        Region("cell", RegionKind.CYTOPLASM, plane(40.0, closed=True)),
        Region("active zone", RegionKind.ACTIVE_ZONE, plane(20.0, closed=False)),
    )
    tick_only(exporting, "pyto")
    told: list[str] = []
    answer(qtbot, "Cancel", told)
    qtbot.mouseClick(exporting.parts.export.view.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: told != [] and not exporting.parts.export.busy, timeout=PATIENCE_MS)
    assert "does not touch the region" in told[0]
    assert not (tmp_path / "out").exists()
    done = exporting.parts.export.view.result
    answer(qtbot, "Export")
    qtbot.mouseClick(exporting.parts.export.view.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: done.isVisible() and done.text() != "", timeout=PATIENCE_MS)
    steps = (tmp_path / "out" / "sample_pyto" / "NEXT-STEPS.txt").read_text(encoding="utf-8")
    assert "problem: The active zone does not touch" in steps


def test_choices_unfold_with_their_format(exporting: MainWindow) -> None:
    formats = exporting.parts.export.view.formats
    tick_only(exporting)
    assert not formats.contours.isVisible()
    tick_only(exporting, "imod", "star", "pyto")
    assert formats.contours.isVisible()
    assert not formats.relion_binning.isVisible()
    formats.relion.setCurrentIndex(1)
    assert formats.relion_binning.isVisible()
    formats.relion_binning.setValue(4.0)
    formats.binning.setValue(2)
    assert "4.4 nm per voxel; published with 2.1 to 2.4 nm" in formats.binned.text()
    formats.link.setChecked(True)
    formats.contours.setChecked(True)
    formats.shapes.setChecked(True)
    assert formats.shapes.isVisible()
    assert formats.options() == ExportOptions(
        pyto_binning=2, pyto_link=True, imod_contours=True, relion=4, relion_binning=4.0, shapes=True
    )
    tick_only(exporting, "imod")
    assert not formats.shapes.isVisible()
    assert not formats.options().shapes
    tick_only(exporting, "star")
    formats.relion.setCurrentIndex(0)
    assert formats.options().relion_binning == 1.0


@pytest.mark.parametrize(
    ("voxel_nm", "factor"), [(2.2, 1), (1.1, 2), (0.75, 3), (1.469, 1), (3.0, 1), (0.6, 4)]
)
def test_binning_leads_to_pytos_voxel_sizes_where_it_can(voxel_nm: float, factor: int) -> None:
    assert usual_binning(voxel_nm) == factor


def test_a_copick_project_and_the_portals_authors_are_taken_as_they_were_typed(
    exporting: MainWindow, qtbot: Any
) -> None:
    formats = exporting.parts.export.view.formats
    for key in ("copick", "portal", "zarr"):
        formats.ticks[key].setChecked(True)
    assert formats.copick.isVisible()
    assert formats.authors.isVisible()
    qtbot.keyClicks(formats.copick, " p/copick.json ")
    qtbot.keyClicks(formats.authors, "Ada:0000-0002-1825-0097, Ben:0000-0001-5109-3700")
    formats.zarr_version.setCurrentIndex(1)
    options = formats.options()
    assert options.copick == "p/copick.json"
    assert options.authors == ("Ada:0000-0002-1825-0097", "Ben:0000-0001-5109-3700")
    assert options.zarr_version == "0.5"


def test_the_probabilities_that_are_shown_go_into_an_ome_zarr_image_if_wanted(
    exporting: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    formats, document = exporting.parts.export.view.formats, exporting.workspace.document
    tick_only(exporting, "zarr")
    assert not formats.probability.isVisible()
    assert document.volume is not None
    shape = document.volume.shape
    document.set_probability(GridMap(np.full(shape, 0.25, np.float32), document.voxel_size_nm))
    qtbot.waitUntil(
        lambda: formats.probability.isVisible() and formats.probability.height() > 0, timeout=PATIENCE_MS
    )
    click_export(exporting, qtbot)
    assert exporting.parts.export.view.result.text().endswith("With the network's probabilities.")
    inside = tmp_path / "out" / "sample.zarr" / "probability"
    assert np.asarray(open_volume(inside).data[shape[0] // 2]) == pytest.approx(0.25)
    qtbot.mouseClick(formats.probability, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    exporting.parts.export.view.folder.setText(str(tmp_path / "without"))
    click_export(exporting, qtbot)
    assert (tmp_path / "without" / "sample.zarr").is_dir()
    assert not (tmp_path / "without" / "sample.zarr" / "probability").exists()


def test_the_methods_paragraph_can_be_copied(exporting: MainWindow, qtbot: Any) -> None:
    qtbot.mouseClick(exporting.parts.export.view.methods, Qt.MouseButton.LeftButton)
    assert "8 vesicles remained" in QGuiApplication.clipboard().text()


def test_nearest_neighbours_follow_an_edit_without_a_step_of_history(
    open_window: MainWindow, qtbot: Any
) -> None:
    vesicles = give_vesicles(open_window, qtbot)
    document, session = open_window.workspace.document, open_window.parts.projects.session
    assert session is not None
    qtbot.waitUntil(lambda: document.vesicles.vesicles[0].nn_distance_nm is not None, timeout=PATIENCE_MS)
    before = document.vesicles.vesicles[0].nn_distance_nm
    document.select([vesicles[0].id])
    open_window.parts.editor.move_by_px((0.0, 4.0, 0.0))
    qtbot.waitUntil(
        lambda: document.vesicles.vesicles[0].nn_distance_nm not in (None, before), timeout=PATIENCE_MS
    )
    assert len(session.steps) == 2


def test_what_was_exported_can_be_imported(open_window: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    give_vesicles(open_window, qtbot)
    document, projects = open_window.workspace.document, open_window.parts.projects
    table = tmp_path / "table.csv"
    write_vesicles(table, document.vesicles, document.voxel_size_nm)
    import_file(table, projects, open_window.workspace)
    qtbot.waitUntil(lambda: len(document.vesicles) == 24, timeout=PATIENCE_MS)
    press(qtbot, open_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(document.vesicles) == 12


def test_a_table_of_pyto_selects_its_vesicles(
    exporting: MainWindow, qtbot: Any, tmp_path: Path, shared_data: Path
) -> None:
    """A folder is exported; the table that Pyto would write into it is dropped on the window."""
    tick_only(exporting, "pyto")
    answer(qtbot, "Export")  # the spheres of this test lie anywhere, so their membranes are not dark
    click_export(exporting, qtbot)
    qtbot.waitUntil(lambda: exporting.parts.export.view.result.text() != "", timeout=PATIENCE_MS)
    folder = tmp_path / "out" / "sample_pyto"
    vesicle_of_label = read_ids(folder / "3d" / "ids.csv")
    assert list(vesicle_of_label) == list(range(10, 18))
    table = folder / "vesicles" / "tomo_vesicles.dat"
    real = (shared_data / "pyto_labels" / "vesicles_tomo_vesicles.dat").read_text()
    table.write_text(real.replace("\n 36 ", "\n 11 ").replace("\n 48 ", "\n 14 "))
    document = exporting.workspace.document
    exporting.parts.opener.open([table])
    assert any("speaks of label 49" in s for s in exporting.notices.sentences())
    rows = [line for line in real.splitlines() if line.startswith((" 36 ", " 48 ", "#"))]
    table.write_text("\n".join(rows).replace("\n 36 ", "\n 11 ").replace("\n 48 ", "\n 14 ") + "\n")
    exporting.parts.opener.open([table])
    assert set(document.selection) == {vesicle_of_label[11], vesicle_of_label[14]}
    assert document.volume is not None
    assert any("2 vesicles of tomo_vesicles.dat are selected" in s for s in exporting.notices.sentences())


def test_doubles_are_asked_about_where_they_come_in_and_before_they_go_out(
    exporting: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    document, projects = exporting.workspace.document, exporting.parts.projects
    tick_only(exporting, "csv")
    table = tmp_path / "table.csv"
    write_vesicles(table, document.vesicles, document.voxel_size_nm)
    import_file(table, projects, exporting.workspace)
    qtbot.waitUntil(lambda: bool(exporting.notices.notices()), timeout=PATIENCE_MS)
    assert len(document.vesicles) == 24
    (notice,) = exporting.notices.notices()
    assert "where another one stands already" in notice.sentence
    assert [b.text() for b in notice.buttons] == ["Reject them", "Keep them"]
    qtbot.mouseClick(notice.buttons[1], Qt.MouseButton.LeftButton)
    click_export(exporting, qtbot)
    assert not (tmp_path / "out").exists()
    (notice,) = exporting.notices.notices()
    assert notice.sentence.startswith("Not exported yet. Vesicles 13, ")
    qtbot.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (tmp_path / "out").exists(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not exporting.parts.export.busy, timeout=PATIENCE_MS)
    assert [v.id for v in document.vesicles.accepted] == [1, 3, 4, 6, 7, 9, 10, 12]
    press(qtbot, exporting, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(document.vesicles.accepted) == 16  # one step


def test_vesicles_of_another_tomogram_are_told_and_go_nowhere(
    exporting: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = exporting.workspace.document
    before = document.vesicles.accepted
    table = tmp_path / "other.csv"
    write_vesicles(table, [v.but(x_nm=v.x_nm + 5000.0, id=v.id + 50) for v in before], document.voxel_size_nm)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(table), ""))
    press(qtbot, exporting, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(document.vesicles) == 12 + len(before), timeout=PATIENCE_MS)
    sentence = f"Outside of the tomogram: {len(before)} of {len(before)} vesicles"
    assert any(s.startswith(sentence) for s in exporting.notices.sentences())
    assert [v.id for v in document.vesicles.accepted] == [v.id for v in before]
    assert exporting.parts.export.view.selection.text().startswith(f"{len(before)} accepted go out")


def test_the_key_for_export_shows_the_step_before_it_writes(
    exporting: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    tick_only(exporting, "csv")
    exporting.parts.steps.open_step("Review")
    press(qtbot, exporting, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert exporting.parts.steps.current == "Export"
    assert not exporting.parts.export.busy
    assert not (tmp_path / "out").exists()
    press(qtbot, exporting, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: (tmp_path / "out").exists(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not exporting.parts.export.busy, timeout=PATIENCE_MS)


def test_merging_what_is_far_apart_is_asked_about(open_window: MainWindow, qtbot: Any) -> None:
    first, second = give_vesicles(open_window, qtbot)[:2]
    document = open_window.workspace.document
    document.select([first.id, second.id])
    press(qtbot, open_window, Qt.Key.Key_M)
    assert document.vesicles.get(second.id).status is second.status  # type: ignore[union-attr]
    (notice,) = open_window.notices.notices()
    assert "apart and are hardly one" in notice.sentence
    qtbot.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)
    assert document.vesicles.get(second.id).status is Status.REJECTED  # type: ignore[union-attr]

"""Figures and movies, asked for in the window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog

from cryoves_app.ui.base.picture import rgb_pixels
from cryoves_app.ui.command_sets.movies import MP4_MOVIE, SINGLE_PICTURES, movie_path
from cryoves_app.ui.dialogs.figure import FigureDialog
from cryoves_app.ui.dialogs.movie import MovieDialog
from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import PATIENCE_MS, give_vesicles, press, settle


def ask(window: MainWindow, command: str, kind: type[QDialog]) -> Any:
    """Trigger a command; the dialog that it opens."""
    window.workspace.commands.action(command).trigger()
    (dialog,) = (d for d in window.findChildren(kind) if d.isVisible())
    return dialog


def save(
    window: MainWindow,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    dialog: QDialog,
    path: Path,
    kind: str = "",
) -> None:
    """Press Save in a dialog, and give a place in the one that follows."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), kind))
    (buttons,) = dialog.findChildren(QDialogButtonBox)
    qtbot.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton)


def wait_until_told(window: MainWindow, qtbot: Any, words: str) -> None:
    qtbot.waitUntil(lambda: any(words in s for s in window.notices.sentences()), timeout=PATIENCE_MS)


def save_figure(window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    save(window, qtbot, monkeypatch, ask(window, "file.figure", FigureDialog), path)
    wait_until_told(window, qtbot, f"{path.name} was saved in")


def test_the_slice_is_saved_as_a_picture_and_a_drawing(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vesicle = give_vesicles(open_window, qtbot)[0]
    open_window.workspace.document.fly_to(vesicle.id)
    save_figure(open_window, qtbot, monkeypatch, tmp_path / "with.png")
    open_window.workspace.commands.run("view.vesicles")
    save_figure(open_window, qtbot, monkeypatch, tmp_path / "bare.png")
    with_them, bare = (QImage(str(tmp_path / f"{name}.png")) for name in ("with", "bare"))
    assert with_them.width() == bare.width() == 1003  # 8.5 cm at 300 dpi
    assert with_them != bare
    save_figure(open_window, qtbot, monkeypatch, tmp_path / "drawing.svg")
    assert "<svg" in (tmp_path / "drawing.svg").read_text(encoding="utf-8")


def test_size_and_resolution_are_chosen_and_kept(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_vesicles(open_window, qtbot)
    dialog = ask(open_window, "file.figure", FigureDialog)
    dialog.width_cm.setFocus()
    dialog.width_cm.selectAll()
    qtbot.keyClicks(dialog.width_cm, "5")
    dialog.dpi.selectAll()
    qtbot.keyClicks(dialog.dpi, "127")
    press(qtbot, dialog.dpi, Qt.Key.Key_Tab)
    assert dialog.pixels.text() == "250 pixels wide"
    save(open_window, qtbot, monkeypatch, dialog, tmp_path / "a.png")
    wait_until_told(open_window, qtbot, "a.png was saved in")
    assert QImage(str(tmp_path / "a.png")).width() == 250
    again = ask(open_window, "file.figure", FigureDialog)
    assert (again.width_cm.value(), again.dpi.value()) == (5.0, 127)
    again.reject()


def test_what_is_seen_is_drawn_in_the_contrast_and_colours_in_which_it_is_seen(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vesicle = give_vesicles(open_window, qtbot)[0]
    open_window.workspace.document.fly_to(vesicle.id)
    open_window.workspace.state.change(
        colour_by="pool", levels=(1e6, 2e6), fill_vesicles=True, overlay_opacity=1.0
    )
    settle(open_window, qtbot)
    open_window.parts.views.active_slice().canvas.zoom(8.0)
    dialog = ask(open_window, "file.figure", FigureDialog)
    dialog.part.setCurrentIndex(1)
    dialog.scale_bar.click()
    save(open_window, qtbot, monkeypatch, dialog, tmp_path / "a.png")
    wait_until_told(open_window, qtbot, "a.png was saved in")
    picture = QImage(str(tmp_path / "a.png"))
    assert picture.pixelColor(3, picture.height() - 4).name() == "#000000"  # darker than black
    view = open_window.parts.views.active_slice()
    seen = view.canvas.box.viewRect()
    assert picture.height() / picture.width() == pytest.approx(seen.height() / seen.width(), abs=0.01)


def test_a_figure_in_no_known_format_is_a_sentence(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_vesicles(open_window, qtbot)
    dialog = ask(open_window, "file.figure", FigureDialog)
    save(open_window, qtbot, monkeypatch, dialog, tmp_path / "figure.docx")
    wait_until_told(open_window, qtbot, ".docx")
    assert not (tmp_path / "figure.docx").exists()


def test_a_movie_through_the_slices_is_saved(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_vesicles(open_window, qtbot)
    dialog = ask(open_window, "file.movie", MovieDialog)
    dialog.every.setValue(8)
    assert dialog.length.text() == "12 pictures, 0.8 s"
    save(open_window, qtbot, monkeypatch, dialog, tmp_path / "sweep.mp4", MP4_MOVIE)
    assert not open_window.workspace.commands.action("file.movie").isEnabled()
    qtbot.waitUntil(open_window.status.drawing.isVisible, timeout=PATIENCE_MS)
    wait_until_told(open_window, qtbot, "sweep.mp4 was saved in")
    assert (tmp_path / "sweep.mp4").read_bytes()[4:8] == b"ftyp"
    assert not open_window.status.drawing.isVisible()
    assert open_window.workspace.commands.action("file.movie").isEnabled()


@pytest.mark.parametrize(
    ("command", "kind"), [("file.movie", SINGLE_PICTURES), ("file.turntable", MP4_MOVIE)]
)
def test_a_cancelled_movie_leaves_nothing(
    open_window: MainWindow,
    qtbot: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    kind: str,
) -> None:
    give_vesicles(open_window, qtbot)
    dialog = ask(open_window, command, MovieDialog)
    folder = tmp_path / "movies"
    folder.mkdir()
    drawing = open_window.status.drawing
    save(open_window, qtbot, monkeypatch, dialog, folder / "long", kind)
    qtbot.waitUntil(lambda: "2 of" in drawing.job.text(), timeout=PATIENCE_MS)
    qtbot.mouseClick(drawing.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not open_window.parts.movies.work.running, timeout=PATIENCE_MS)
    assert not drawing.isVisible()
    assert list(folder.iterdir()) == []
    assert not any("long" in s for s in open_window.notices.sentences())


def test_a_movie_where_nothing_can_be_written_is_a_sentence(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_vesicles(open_window, qtbot)
    dialog = ask(open_window, "file.movie", MovieDialog)
    save(open_window, qtbot, monkeypatch, dialog, tmp_path / "no such folder" / "a", SINGLE_PICTURES)
    wait_until_told(open_window, qtbot, "its folder does not exist")


def test_the_scene_turns_in_single_pictures_and_stays_where_it_was(
    scene_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = scene_window.parts.volume_view.scene
    before = scene.camera.azimuth
    dialog = ask(scene_window, "file.turntable", MovieDialog)
    dialog.pictures.setValue(8)
    dialog.width_px.setValue(320)
    save(scene_window, qtbot, monkeypatch, dialog, tmp_path / "turn.png", SINGLE_PICTURES)
    wait_until_told(scene_window, qtbot, "turn was saved in")
    pictures = [QImage(str(p)) for p in sorted((tmp_path / "turn").iterdir())]
    assert [p.width() for p in pictures] == [320] * 8
    content = [rgb_pixels(p).tobytes() for p in pictures]
    assert len(set(content)) == 8
    assert scene.camera.azimuth == before


def test_the_scene_is_saved_at_any_resolution(
    scene_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = ask(scene_window, "view.screenshot", FigureDialog)
    dialog.dpi.setValue(600)
    save(scene_window, qtbot, monkeypatch, dialog, tmp_path / "scene.png")
    wait_until_told(scene_window, qtbot, "scene.png was saved in")
    large = QImage(str(tmp_path / "scene.png"))
    assert large.width() == 2008
    small = scene_window.parts.volume_view.picture(502)
    scaled = large.scaled(
        small.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    difference = np.abs(shades(scaled).astype(int) - shades(small))
    assert difference.mean() < 4  # the same picture, but finer


def shades(image: QImage) -> Any:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].copy()


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("a", MP4_MOVIE, "a.mp4"),
        ("a.b", MP4_MOVIE, "a.b.mp4"),
        ("a.mp4", MP4_MOVIE, "a.mp4"),
        ("a.mp4", SINGLE_PICTURES, "a"),
        ("a.png", MP4_MOVIE, "a"),
        ("a.b", SINGLE_PICTURES, "a.b"),
    ],
)
def test_what_is_written_follows_from_name_and_kind(name: str, kind: str, expected: str) -> None:
    pytest.importorskip("cv2")
    assert movie_path(Path(name), kind) == Path(expected)


def test_the_oblique_slice_is_saved_as_it_is_seen(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_vesicles(open_window, qtbot)
    open_window.workspace.commands.run("layout.Oblique")
    open_window.workspace.state.change(oblique_deg=(0.0, 90.0, 0.0))
    settle(open_window, qtbot)
    save_figure(open_window, qtbot, monkeypatch, tmp_path / "whole.png")
    whole = QImage(str(tmp_path / "whole.png"))
    volume = open_window.workspace.document.volume
    assert volume is not None
    depth, height, _width = volume.shape
    assert whole.height() / whole.width() == pytest.approx(height / depth, rel=0.02)  # z lies to the right


@pytest.mark.parametrize("command", ["view.screenshot", "file.turntable"])
def test_a_scene_that_was_hidden_is_not_drawn_empty(
    scene_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    scene_window.workspace.commands.run("layout.XY")
    scene_window.workspace.commands.run("view.vesicles")
    scene_window.workspace.commands.run("view.vesicles")
    scene_window.parts.volume_view.contents.setCurrentText("Vesicles only")
    scene_window.parts.volume_view.contents.setCurrentText("Slices")
    is_movie = command == "file.turntable"
    dialog = ask(scene_window, command, MovieDialog if is_movie else FigureDialog)
    assert scene_window.parts.volume_view.isVisible()
    if is_movie:
        dialog.pictures.setValue(8)
        dialog.width_px.setValue(300)
    save(scene_window, qtbot, monkeypatch, dialog, tmp_path / "a.png", SINGLE_PICTURES if is_movie else "")
    wait_until_told(scene_window, qtbot, "a was saved in" if is_movie else "a.png was saved in")
    first = tmp_path / "a" / "a_0001.png" if is_movie else tmp_path / "a.png"
    assert np.mean(shades(QImage(str(first))) > 60) > 0.1  # a tenth of the picture is slices and vesicles


def test_pictures_keep_their_size_when_the_window_gets_another(
    scene_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = ask(scene_window, "file.turntable", MovieDialog)
    dialog.pictures.setValue(12)
    dialog.width_px.setValue(300)
    drawing = scene_window.status.drawing
    save(scene_window, qtbot, monkeypatch, dialog, tmp_path / "turn", SINGLE_PICTURES)
    qtbot.waitUntil(lambda: "2 of" in drawing.job.text(), timeout=PATIENCE_MS)
    scene_window.resize(1200, 900)
    wait_until_told(scene_window, qtbot, "turn was saved in")
    assert len({QImage(str(p)).size().toTuple() for p in (tmp_path / "turn").iterdir()}) == 1


def test_another_tomogram_ends_a_movie_of_the_scene_with_a_sentence(
    scene_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: Path
) -> None:
    dialog = ask(scene_window, "file.turntable", MovieDialog)
    dialog.pictures.setValue(400)
    save(scene_window, qtbot, monkeypatch, dialog, tmp_path / "turn", SINGLE_PICTURES)
    drawing = scene_window.status.drawing
    qtbot.waitUntil(lambda: "2 of" in drawing.job.text(), timeout=PATIENCE_MS)
    document = scene_window.workspace.document
    document.set_volume(document.volume)
    wait_until_told(scene_window, qtbot, "Another tomogram was opened")
    assert not (tmp_path / "turn").exists()


@pytest.mark.parametrize("command", ["file.movie", "file.turntable"])
def test_closing_the_window_ends_a_movie_and_leaves_nothing(
    scene_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    dialog = ask(scene_window, command, MovieDialog)
    folder = tmp_path / "movies"
    folder.mkdir()
    save(scene_window, qtbot, monkeypatch, dialog, folder / "long", SINGLE_PICTURES)
    qtbot.waitUntil(lambda: "2 of" in scene_window.status.drawing.job.text(), timeout=PATIENCE_MS)
    scene_window.parts.close()
    assert is_nothing_left(folder, qtbot)


def is_nothing_left(folder: Path, qtbot: Any) -> bool:
    qtbot.waitUntil(lambda: not list(folder.iterdir()), timeout=PATIENCE_MS)
    return True

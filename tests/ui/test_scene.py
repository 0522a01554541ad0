"""The scene in 3-D: picking, handedness, contents, picture. Needs OpenGL, which a bare display offers in software."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from vispy.visuals.shaders.program import ModularProgram

from cryoves_app.domain.volume import GridMap
from cryoves_app.ui.base.picture import rgb_pixels
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.scene.volume_view import CONTENTS
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import PATIENCE_MS, open_file, settle


def on_screen(window: MainWindow, point: tuple[float, float, float]) -> tuple[float, float]:
    """Where a voxel position (x, y, z) is on the canvas."""
    scene = window.parts.volume_view.scene
    mapped = scene.spheres.get_transform("visual", "canvas").map([*point, 1.0])
    return float(mapped[0] / mapped[3]), float(mapped[1] / mapped[3])


@pytest.mark.parametrize("row_zero_at_bottom", [True, False])
@pytest.mark.parametrize(("preset", "plane"), [("front", Plane.XY), ("top", Plane.XZ), ("side", Plane.YZ)])
def test_directions_are_those_of_the_slices_and_nothing_is_mirrored(
    scene_window: MainWindow, preset: str, plane: Plane, row_zero_at_bottom: bool
) -> None:
    scene_window.workspace.state.change(row_zero_at_bottom=row_zero_at_bottom)
    scene_window.parts.volume_view.look(preset)
    origin = np.array(on_screen(scene_window, (50, 50, 50)))

    def direction(axis: int) -> Any:
        step = [0, 0, 0]
        step[2 - axis] = 10  # the scene counts x, y, z
        return np.array(on_screen(scene_window, (50 + step[0], 50 + step[1], 50 + step[2]))) - origin

    to_right, upwards = direction(plane.horizontal), direction(plane.vertical)
    assert to_right[0] > 5
    assert abs(to_right[1]) < 1
    assert (-upwards[1] if row_zero_at_bottom else upwards[1]) > 5  # the canvas counts downwards
    assert abs(upwards[0]) < 1


@pytest.mark.parametrize("preset", ["front", "corner"])
def test_every_sphere_in_front_is_picked_at_its_centre(scene_window: MainWindow, preset: str) -> None:
    scene_window.parts.volume_view.look(preset)
    scene, model = scene_window.parts.volume_view.scene, scene_window.workspace.scene
    hits = 0
    for row, vesicle_id in enumerate(model.ids):
        z, y, x, _ = model.spheres_px[row]
        found = scene.vesicle_at(np.array(on_screen(scene_window, (x, y, z))))
        assert found is not None
        hits += found == vesicle_id
    assert hits >= len(model.ids) - 3  # some stand behind others


def test_a_click_selects_in_all_views_and_a_drag_does_not(scene_window: MainWindow, qtbot: Any) -> None:
    scene, document = scene_window.parts.volume_view.scene, scene_window.workspace.document
    scene_window.parts.volume_view.look("front")
    model = scene_window.workspace.scene
    z, y, x, _ = model.spheres_px[3]
    spot = QPoint(*(round(c) for c in on_screen(scene_window, (x, y, z))))
    expected = scene.vesicle_at(np.array([spot.x(), spot.y()], dtype=float))
    qtbot.mouseClick(scene.widget, Qt.MouseButton.LeftButton, pos=spot)
    assert document.selection == (expected,)
    document.select([])
    qtbot.mousePress(scene.widget, Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseMove(scene.widget, spot + QPoint(30, 30))
    qtbot.mouseRelease(scene.widget, Qt.MouseButton.LeftButton, pos=spot + QPoint(30, 30))
    assert document.selection == ()


def is_shown(scene: Any, contents: str) -> bool:
    names = {"volume": "tomogram", "probability": "probability"}
    if contents == "slices":
        return all(p.visible for p in scene.planes.values())
    return contents == "nothing" or (
        names[contents] in scene.volumes and scene.volumes[names[contents]].visible
    )


def test_each_content_is_drawn_and_saved_as_a_picture(
    scene_window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    view, document = scene_window.parts.volume_view, scene_window.workspace.document
    volume = document.volume
    assert volume is not None
    z, y, x = np.indices((48, 64, 64))
    ball = 1 / (1 + np.exp(0.8 * (np.sqrt((z - 24) ** 2 + (y - 32) ** 2 + (x - 32) ** 2) - 14)))
    document.set_probability(GridMap(ball.astype(np.float32), 4.4))
    pictures = []
    for number in range(view.contents.count()):
        view.contents.setCurrentIndex(number)
        qtbot.waitUntil(lambda: view.idle, timeout=PATIENCE_MS)
        wanted = CONTENTS[view.contents.currentText()]
        qtbot.waitUntil(partial(is_shown, view.scene, wanted), timeout=PATIENCE_MS)
        path = tmp_path / f"{number}.png"
        view.screenshot(path)
        picture = QImage(str(path))
        assert picture.width() > 100
        pictures.append(rgb_pixels(picture))
    for number, picture in enumerate(pictures):
        for other in pictures[:number]:
            assert picture.shape != other.shape or np.mean(picture != other) > 0.001


def test_nearer_spheres_hide_farther_ones(scene_window: MainWindow) -> None:
    """vispy's usual depth range sorts overlapping spheres wrongly."""
    camera = scene_window.parts.volume_view.scene.camera
    diagonal = np.linalg.norm(scene_window.workspace.document.volume.shape)  # type: ignore[union-attr]
    assert camera.depth_value == pytest.approx(5 * diagonal)
    assert camera.fov == 0


def test_shapes_are_surfaces_in_place_of_spheres(scene_window: MainWindow, qtbot: Any) -> None:
    view, document = scene_window.parts.volume_view, scene_window.workspace.document
    spheres = view.scene.render()
    terms = (0.0, 0.0, 0.0, 3.0, *[0.0] * 8)
    document.set_vesicles(document.vesicles.replaced(v.but(shape_terms_nm=terms) for v in document.vesicles))
    scene_window.workspace.state.change(show_shapes=True)
    qtbot.waitUntil(lambda: view.idle, timeout=PATIENCE_MS)
    assert view.scene.bodies.visual.visible
    corners = view.scene.bodies.visual.mesh_data.get_vertices().reshape(len(document.vesicles), -1, 3)
    wide = [(2 * v.radius_nm + 3.0 * 15**0.5) / document.voxel_size_nm for v in document.vesicles]
    np.testing.assert_allclose(np.ptp(corners, axis=1)[:, 0], wide, rtol=0.01)
    assert not np.array_equal(view.scene.render(), spheres)
    scene_window.workspace.state.change(show_shapes=False)
    qtbot.waitUntil(lambda: view.idle, timeout=PATIENCE_MS)
    assert not view.scene.bodies.visual.visible
    scene_window.workspace.state.change(show_vesicles=False, show_shapes=True)
    qtbot.waitUntil(lambda: view.idle, timeout=PATIENCE_MS)
    assert not view.scene.bodies.visual.visible


def test_the_scale_bar_is_as_long_as_the_box_says_and_the_axes_turn_with_the_scene(
    scene_window: MainWindow, qtbot: Any
) -> None:
    view, document = scene_window.parts.volume_view, scene_window.workspace.document
    view.look("front")
    settle(scene_window, qtbot)
    (x_right, x_down), (y_right, y_down), z = view.guides().directions
    ends = np.array([on_screen(scene_window, (0, 0, 0)), on_screen(scene_window, (100, 0, 0))])
    assert x_right == pytest.approx((ends[1] - ends[0])[0] / 100, rel=1e-4)
    assert x_right == pytest.approx(-y_down)
    assert (x_down, y_right, *z) == pytest.approx((0, 0, 0, 0), abs=1e-4)
    assert view.guides().nm_per_pixel == pytest.approx(document.voxel_size_nm / x_right)
    view.look("corner")
    settle(scene_window, qtbot)
    assert all(np.hypot(*d) > 0.1 * x_right for d in view.guides().directions)


@pytest.fixture
def colours_asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The names that vispy looks for among maps of colours."""
    asked: list[object] = []
    monkeypatch.setattr("vispy.visuals.line.line.get_colormap", asked.append)
    return asked


def test_drawing_asks_no_library_of_colours(
    colours_asked: list[object], scene_window: MainWindow, qtbot: Any
) -> None:
    """For the name of a colour vispy would load matplotlib, a third of a second when the first tomogram is opened."""
    scene_window.parts.volume_view.scene.pointing.show_lasso([(10.0, 10.0), (50.0, 10.0), (50.0, 60.0)])
    settle(scene_window, qtbot)
    assert scene_window.parts.volume_view.picture() is not None
    assert colours_asked == []


def test_axes_and_scale_bar_are_switched_off_and_stay_off_with_the_project(
    scene_window: MainWindow, qtbot: Any, tmp_path: Path, tomogram: Path
) -> None:
    view = scene_window.parts.volume_view
    with_them = view.picture()
    scene_window.workspace.commands.action("view.axes").trigger()
    settle(scene_window, qtbot)
    assert view.picture() != with_them
    assert not view.guides().axes
    scene_window.parts.projects.save(tmp_path / "a.cryoves")
    open_file(scene_window, qtbot, tomogram)
    scene_window.workspace.commands.action("view.axes").trigger()
    assert view.guides().axes
    open_file(scene_window, qtbot, tmp_path / "a.cryoves")
    assert not view.guides().axes


def test_going_through_slices_compiles_no_shader(
    scene_window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, scene = scene_window.workspace.document, scene_window.parts.volume_view.scene
    qtbot.waitUntil(lambda: scene.idle, timeout=PATIENCE_MS)
    settle(scene_window, qtbot)
    built: list[object] = []
    build = ModularProgram._build
    monkeypatch.setattr(ModularProgram, "_build", lambda self: (built.append(self), build(self)))
    z, y, x = document.cursor
    document.move_cursor((z + 5, y - 7, x + 3))
    wanted = [(-0.5, -0.5, z + 5), (-0.5, y - 7, -0.5), (x + 3, -0.5, -0.5)]

    def corners() -> list[tuple[float, ...]]:
        return [tuple(scene.planes[plane].transform.map([0, 0])[:3]) for plane in Plane]

    qtbot.waitUntil(lambda: corners() == [pytest.approx(place) for place in wanted], timeout=PATIENCE_MS)
    scene.render()
    assert built == []


def test_a_flight_begins_with_a_step_and_draws_what_changed_in_it(
    scene_window: MainWindow, qtbot: Any
) -> None:
    document, view = scene_window.workspace.document, scene_window.parts.volume_view
    qtbot.waitUntil(lambda: view.idle, timeout=PATIENCE_MS)
    drawn: list[set[str]] = []
    refresh = view.scene.refresh
    view.scene.refresh = lambda stale, contents: (drawn.append(stale), refresh(stale, contents))
    document.fly_to(document.vesicles.vesicles[-1].id)
    assert not view.idle  # it is still to come
    qtbot.waitUntil(lambda: view.idle, timeout=PATIENCE_MS)
    assert len(drawn) == 1
    assert {"cursor", "spheres"} <= drawn[0]


def test_of_flights_that_follow_each_other_quickly_the_last_is_drawn(
    scene_window: MainWindow, qtbot: Any
) -> None:
    document, view = scene_window.workspace.document, scene_window.parts.volume_view
    qtbot.waitUntil(lambda: view.idle, timeout=PATIENCE_MS)
    drawn: list[tuple[float, ...]] = []
    refresh = view.scene.refresh
    view.scene.refresh = lambda stale, contents: (drawn.append(document.cursor), refresh(stale, contents))
    ids = [v.id for v in document.vesicles][:4]
    for number in ids:  # no event comes in between
        document.fly_to(number)
    qtbot.waitUntil(lambda: view.idle, timeout=PATIENCE_MS)
    last = document.current
    assert last is not None
    assert last.id == ids[-1]
    assert drawn == [document.cursor]
    qtbot.waitUntil(lambda: view.scene.pointing.is_in_the_middle(document.cursor), timeout=PATIENCE_MS)

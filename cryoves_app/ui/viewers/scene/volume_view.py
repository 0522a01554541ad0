"""The scene in 3-D: spheres, the tomogram's box, its slices or its volume. Without OpenGL, a sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from cryoves_app.storage.replacing import replacing
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.opengl import opengl_works
from cryoves_app.ui.base.picture import as_png
from cryoves_app.ui.base.recompute import pause_timer
from cryoves_app.ui.viewers.colouring import ColourBar
from cryoves_app.ui.viewers.scene.flight import Flight, Hurry
from cryoves_app.ui.viewers.scene.scene_guides import GuidesOverlay, SceneGuides
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.scene.scene_tool import SceneTool
from cryoves_app.ui.viewers.view_state import ViewState

NO_OPENGL = (
    "The 3-D view needs OpenGL, which this computer does not offer. "
    "Everything else works; a newer graphics driver may bring it back."
)

_LOOK_AGAIN_MS = 20
#: Of flights that follow each other quickly only the last is drawn, after this pause: no view takes longer to draw.
TAKE_OFF_MS = 120
CAMERAS = {
    "From a corner": "corner",
    "Along z, as in XY": "front",
    "Along y, as in XZ": "top",
    "Along x, as in YZ": "side",
}
CONTENTS = {
    "Slices": "slices",
    "Volume": "volume",
    "Probability surface": "probability",
    "Vesicles only": "nothing",
}


class VolumeView(QFrame):
    """Frame of the scene with its title bar; the scene itself exists only where OpenGL does."""

    maximise_wanted = Signal()

    def __init__(
        self, document: Document, state: ViewState, model: SceneModel, *, opengl: bool | None = None
    ) -> None:
        super().__init__()
        self.setProperty("viewframe", True)
        self._document, self._state, self._model = document, state, model
        self.scene: Any = None
        self._stale: set[str] = set()
        self._explains_colours = False
        self._build()
        available = opengl_works() if opengl is None else opengl
        if available:
            self._start_scene()
        else:
            self._say_why_not()

    def _build(self) -> None:
        self.contents = QComboBox()
        self.contents.addItems(list(CONTENTS))
        self.contents.setToolTip("What is shown besides the vesicles")
        self.contents.setMinimumContentsLength(6)
        self.contents.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.contents.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 1, 4, 1)
        bar.addWidget(QLabel("<b>3D</b>"))
        bar.addWidget(self.contents, 1)
        self._buttons = [
            self._camera_button(),
            self._button("arrow-expand", "Show 3D alone, or all four views", self.maximise_wanted.emit),
        ]
        for button in self._buttons:
            bar.addWidget(button)
        top = QWidget()
        top.setAutoFillBackground(True)
        top.setLayout(bar)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(1, 1, 1, 1)
        self._box.setSpacing(0)
        self._box.addWidget(top)

    def _button(self, icon: str, tip: str, run: Any) -> QToolButton:
        button = QToolButton()
        theme.give_icon(button, icon)
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: run())
        return button

    def _camera_button(self) -> QToolButton:
        button = QToolButton()
        theme.give_icon(button, "rotate-3d-variant")
        button.setAutoRaise(True)
        button.setToolTip("Look from a preset direction")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for text, preset in CAMERAS.items():
            menu.addAction(text, partial(self.look, preset))
        button.setMenu(menu)
        return button

    def _say_why_not(self) -> None:
        self.message = QLabel(NO_OPENGL)
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setMargin(24)
        self.message.setStyleSheet(f"color: {theme.VIEW_TEXT}; background: {theme.VIEW_GROUND};")
        self._box.addWidget(self.message, 1)
        self.contents.setEnabled(False)
        for button in self._buttons[:-1]:
            button.setEnabled(False)

    def _start_scene(self) -> None:
        from cryoves_app.ui.viewers.scene.volume_scene import VolumeScene

        self.scene = VolumeScene(self._document, self._state, self._model)
        self._box.addWidget(self.scene.widget, 1)
        self._overlay = GuidesOverlay(self.scene.widget)
        self.scene.when_drawn(self._show_guides)
        self._timer = pause_timer(self, 0, self._refresh)
        for signal, what in (
            (self._document.volume_changed, "volume"),
            (self._document.shown_changed, "shown"),
            (self._document.cursor_changed, "cursor"),
            (self._document.probability_changed, "contents"),
            (self._model.changed, "spheres"),
            (self._model.selection_changed, "spheres"),
        ):
            signal.connect(lambda *_args, w=what: self._mark_stale(w))
        self._flight, self._hurry = Flight(self), Hurry()
        self._take_off = pause_timer(self, 0, self._start_flight)
        self._document.fly_requested.connect(self._fly)
        self._state.changed.connect(lambda names: self._mark_stale("cursor", *names))
        self.contents.currentTextChanged.connect(lambda _text: self._mark_stale("contents"))

    def _mark_stale(self, *what: str) -> None:
        """Remember what changed; it is drawn once per turn of the event loop, and only while seen."""
        self._stale.update(what)
        if self.scene is not None and self.isVisible():
            self._timer.start()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        if self.scene is not None and self._stale:
            self._timer.start()

    def _refresh(self) -> None:
        stale, self._stale = self._stale, set()
        self.scene.refresh(stale, CONTENTS[self.contents.currentText()])
        self._show_guides()

    def _show_guides(self) -> None:
        """Axes and scale bar turn and grow with the scene."""
        self._overlay.show_guides(self.guides(with_bar=self._explains_colours))

    def guides(self, *, with_bar: bool = False) -> SceneGuides:
        document = self._document
        voxel_nm = document.voxel_size_nm if document.knows_voxel_size else None
        bar = self._colour_bar() if with_bar else None
        return SceneGuides(self.scene.directions(), voxel_nm, self._state.settings.show_axes, bar)

    @property
    def idle(self) -> bool:
        """Whether everything that changed is drawn; where there is no scene, nothing will be."""
        return self.scene is None or (not self._stale and self.scene.idle)

    def explain_colours(self, wanted: bool) -> None:
        """Whether the colour bar is shown here: not while a slice view has it."""
        self._explains_colours = wanted
        self._mark_stale("bar")

    def _colour_bar(self) -> ColourBar | None:
        """Where the vesicles are seen, and coloured by a measure."""
        if not self._state.settings.show_vesicles:
            return None
        return self._model.colouring.bar(self._document.recipe.outliers.p_cut)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._mark_stale("size")

    def set_tool(self, tool: SceneTool) -> None:
        if self.scene is not None:
            self.scene.set_tool(tool)

    def look(self, preset: str) -> None:
        if self.scene is not None:
            self.scene.look(preset)

    def _fly(self, vesicle_id: int | None) -> None:
        """Turn about the vesicle, smoothly brought into the middle; nothing for a mere place."""
        if self.isVisible() and vesicle_id is not None:
            self._timer.stop()  # what changed is drawn with the first step, not in a frame of its own before
            self._take_off.start(TAKE_OFF_MS if self._hurry.is_on() else 0)

    def _start_flight(self) -> None:
        self._flight.start(partial(self._go, self.scene.way_to_cursor()))

    def _go(self, way: Callable[[float], None], share: float) -> None:
        if self._stale:
            self._refresh()
        way(share)

    def when_idle(self, run: Callable[[], None]) -> None:
        """Call something once all that changed is drawn; at once in a view that is not seen."""
        if self.idle or not self.isVisible():
            run()
        else:
            QTimer.singleShot(_LOOK_AGAIN_MS, self, lambda: self.when_idle(run))

    def picture(self, width_px: int | None = None) -> QImage:
        """What is seen, with axes, scale bar and colour bar; in the view's own shape, of any width."""
        if self._stale:
            self._refresh()
        ratio = width_px / self.scene.widget.width() if width_px else self.devicePixelRatioF()
        pixels = np.ascontiguousarray(self.scene.render(ratio))
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
        painter = QPainter(image)
        painter.scale(ratio, ratio)
        guides = self.guides(with_bar=True)
        guides.paint(painter, round(width / ratio), round(height / ratio))
        painter.end()
        return image

    def screenshot(self, path: Path, width_px: int | None = None) -> None:
        """Save what is seen as a PNG.

        Raises
        ------
        CryoVesError
            If the file cannot be written.
        """
        if self.scene is None:
            return
        content = as_png(self.picture(width_px))
        with replacing(path) as temporary:
            temporary.write_bytes(content)

    def turned(self, degrees: float, width_px: int) -> QImage:
        """What would be seen after a turn about z; what is seen stays."""
        with self.scene.turned(degrees):
            return self.picture(width_px)

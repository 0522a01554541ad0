"""Keeps the display panel and the drawing settings in step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.volume import Volume
from cryoves_app.ui.base.recompute import Newest
from cryoves_app.ui.panels.display.contrast import Histogram
from cryoves_app.ui.panels.display.view import OVERLAYS, DisplayView
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.colouring import colour_choices
from cryoves_app.ui.viewers.slicing import Look, percentile_levels, sample_grey


class DisplayPresenter(QObject):
    """Follows the document and the settings, and changes the settings."""

    was_cut_off = Signal(float)  # percent: for a volume that is compared as well

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._state, self._document = workspace.state, workspace.document
        self._reading = Newest(self)
        self.sample = np.zeros(0, dtype=np.float32)
        self.view = DisplayView(colour_choices())
        self._connect()
        self._show()

    def _connect(self) -> None:
        view, state = self.view, self._state
        view.contrast.levels_moved.connect(lambda black, white: state.change(levels=(black, white)))
        view.contrast.percentile_wanted.connect(self.cut_off)
        view.look_chosen.connect(lambda slab, smoothing: state.change(look=Look(slab, smoothing)))
        view.overlay_toggled.connect(lambda name, on: state.change(**{name: on}))
        view.opacity_moved.connect(lambda opacity: state.change(overlay_opacity=opacity))
        view.colour_chosen.connect(lambda key: state.change(colour_by=key))
        state.changed.connect(lambda _names: self._show())
        self._document.volume_changed.connect(self._read)
        self._document.shown_changed.connect(self._read)
        self._document.probability_changed.connect(self._show)
        self._document.vesicles_changed.connect(self._offer_shapes)

    def _show(self) -> None:
        settings, view = self._state.settings, self.view
        view.contrast.show_levels(settings.levels)
        view.show_look(settings.look.slab, settings.look.smoothing_px)
        view.show_overlays(
            {name: getattr(settings, name) for name, _, _ in OVERLAYS}, settings.overlay_opacity
        )
        view.overlays["show_probability"].setEnabled(self._document.probability is not None)
        view.show_colour(settings.colour_by)
        self._offer_shapes()

    def _offer_shapes(self) -> None:
        self.view.offer_shapes(any(v.shape_terms_nm for v in self._document.vesicles))

    def _read(self) -> None:
        volume = self._document.shown_volume
        if volume is not None:
            self._reading.run(lambda: sample_volume(volume), self._take_sample)

    def _take_sample(self, found: tuple[NDArray[np.float32], Histogram]) -> None:
        self.sample, histogram = found
        self.view.contrast.show_histogram(histogram)
        self.view.contrast.show_levels(self._state.settings.levels)

    def cut_off(self, percent: float) -> None:
        """Black and white at so many percent from both ends."""
        self.was_cut_off.emit(percent)
        if len(self.sample):
            self._state.change(levels=percentile_levels(self.sample, percent, 100 - percent))


def sample_volume(volume: Volume) -> tuple[NDArray[np.float32], Histogram]:
    """Some grey values and how often they occur."""
    sample = sample_grey(volume.data)
    return sample, Histogram.of(sample)

"""Fills the card of the current vesicle: thumbnails and profiles are worked out in a thread."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from cryoves_app.domain.measures import BY_KEY, format_p
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui import theme
from cryoves_app.ui.background import run_in_background
from cryoves_app.ui.panels.card.view import CardView
from cryoves_app.ui.panels.review.presenter import reason_text
from cryoves_app.ui.viewers.crops import crop, profile_positions, radial_profile, shaded
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.ui.workspace import Workspace
from cryoves_app.workflow.review import Norms

ROWS = ("radius_nm", "membrane_thickness_nm", "membrane_density", "lumen_density", "contrast", "correlation",
        "probability", "nn_distance_nm")
THUMBNAIL_PIXELS = 96
#: The population's band is made of at most this many vesicles.
MOST_PROFILES = 150
PAUSE_MS = 60

Band = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class _Pictures:
    pieces: dict[str, NDArray[np.uint8]]
    profile: NDArray[np.float64]


class CardPresenter(QObject):
    """Follows the selection while the card is seen."""

    def __init__(self, view: CardView, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._document = view, workspace, workspace.document
        self._band: Band | None = None
        self._shown: Vesicle | None = None
        self._pictures: _Pictures | None = None
        self._timer = QTimer(view)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._compute)
        self._document.selection_changed.connect(self.refresh)
        self._document.vesicles_changed.connect(self.refresh)
        self._document.volume_changed.connect(self._forget)
        view.shown.connect(self.refresh)

    def _forget(self) -> None:
        self._band = None
        self.refresh()

    def refresh(self) -> None:
        """Show the current vesicle; pictures follow a moment later."""
        if not self.view.isVisible():
            return
        vesicle = self._document.current
        if vesicle is None:
            self._shown = None
            self.view.show_nothing()
            return
        self._shown = vesicle
        reason = reason_text(vesicle, Norms.of(self._document.vesicles))
        self.view.show_vesicle(title_of(vesicle), reason, self._rows(vesicle))
        self._timer.start()

    def _rows(self, vesicle: Vesicle) -> list[tuple[str, str, str]]:
        rows = []
        voxel = self._document.voxel_size_nm
        accepted = self._document.vesicles.accepted
        for key in ROWS:
            measure = BY_KEY[key]
            text = measure.text(vesicle, voxel)
            if text:
                everyone = [measure.value(v, voxel) for v in accepted]
                place = percentile(float(measure.value(vesicle, voxel)), everyone)
                rows.append((measure.label.capitalize(), f"{text} {measure.unit}".strip(), place))
        return rows

    def _compute(self) -> None:
        vesicle, volume = self._shown, self._document.volume
        if vesicle is None or volume is None:
            return
        sphere = vesicle.sphere.to_px(self._document.voxel_size_nm)
        voxel, levels = self._document.voxel_size_nm, self._workspace.state.settings.levels

        def work() -> _Pictures:
            pieces = {p.title: shaded(crop(volume.data, p, sphere, THUMBNAIL_PIXELS), levels) for p in Plane}
            return _Pictures(pieces, radial_profile(volume.data, sphere, voxel))

        run_in_background(work, lambda pictures: self._show(vesicle, pictures), lambda _s: None, self.view)
        if self._band is None:
            self._compute_band(volume.data, voxel)

    def _compute_band(self, data: NDArray[Any], voxel: float) -> None:
        accepted = self._document.vesicles.accepted
        if len(accepted) < 3:
            return
        step = max(1, len(accepted) // MOST_PROFILES)
        spheres = [v.sphere.to_px(voxel) for v in accepted[::step]]
        run_in_background(lambda: population_band(data, spheres, voxel), self._take_band, lambda _s: None, self.view)

    def _take_band(self, band: Band) -> None:
        self._band = band
        self._show_profile()

    def _show(self, vesicle: Vesicle, pictures: _Pictures) -> None:
        if vesicle is not self._shown:
            return
        self._pictures = pictures
        colour = theme.status_colour(vesicle)
        for name, piece in pictures.pieces.items():
            self.view.thumbnails[name].show_piece(piece, colour)
        self._show_profile()

    def _show_profile(self) -> None:
        if self._pictures is not None:
            self.view.plot.show_profile(profile_positions(), self._pictures.profile, self._band)


def title_of(vesicle: Vesicle) -> str:
    return f"Vesicle {vesicle.id} · {vesicle.status} · {format_p(vesicle.p_value)}"


def percentile(value: float, everyone: list[Any]) -> str:
    """Where a value stands among all accepted vesicles, in words of percent."""
    known = np.array([v for v in everyone if v is not None], dtype=float)
    return f"{100 * np.mean(known <= value):.0f} %" if len(known) else ""


def population_band(data: NDArray[Any], spheres: list[tuple[float, float, float, float]], voxel_size_nm: float) -> Band:
    """10th, 50th and 90th percentile of the vesicles' profiles."""
    profiles = np.array([radial_profile(data, s, voxel_size_nm) for s in spheres])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a position that no vesicle covers stays NaN
        low, middle, high = np.nanpercentile(profiles, [10, 50, 90], axis=0)
    return low, middle, high

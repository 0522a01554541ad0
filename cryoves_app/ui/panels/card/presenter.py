"""Fills the card of the current vesicle: thumbnails and profiles are worked out in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from cryoves_app.analysis.manual_fit import ManualFitter
from cryoves_app.analysis.profiles import ProfileBand, profile_band, search_band_nm, second_derivative
from cryoves_app.analysis.radial import POSITIONS_NM
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.measures import BY_KEY, format_p
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.panels.card.plot import Profiles
from cryoves_app.ui.panels.card.view import CardView
from cryoves_app.ui.project.fitting import FitService
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.crops import crop, shaded
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.project.review import Norms, reasons

ROWS = (
    "radius_nm",
    "radius_mid_nm",
    "leaflet_distance_nm",
    "membrane_thickness_nm",
    "membrane_density",
    "lumen_density",
    "contrast",
    "correlation",
    "probability",
    "nn_distance_nm",
)
THUMBNAIL_PIXELS = 96
#: The population's band is made of so many vesicles.
FEWEST_PROFILES, MOST_PROFILES = 3, 150
#: It is made anew when this share of the population came or went.
BAND_CHANGE = 0.1
PAUSE_MS = 60


@dataclass(frozen=True)
class _Pictures:
    pieces: dict[str, NDArray[np.uint8]]
    profile: NDArray[np.float64]
    before: NDArray[np.float64] | None


class CardPresenter(QObject):
    """Follows the selection while the card is seen."""

    def __init__(self, view: CardView, workspace: Workspace, fitting: FitService) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._document = view, workspace, workspace.document
        self._fitting = fitting
        self._band: ProfileBand | None = None
        self._band_size = 0
        self._shown: Vesicle | None = None
        self._former: Sphere | None = None
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
        self._band, self._band_size = None, 0
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
        self._remember(vesicle)
        self._shown = vesicle
        reason = reasons(vesicle, Norms.of(self._document.vesicles))
        self.view.show_vesicle(title_of(vesicle), f"{reason[0].upper()}{reason[1:]}.", self._rows(vesicle))
        self._timer.start()

    def _remember(self, vesicle: Vesicle) -> None:
        """Keep the sphere that the same vesicle had before its last change, to show both profiles."""
        last = self._shown
        if last is None or last.id != vesicle.id:
            self._former = None
        elif last.sphere != vesicle.sphere:
            self._former = last.sphere

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
        vesicle, volume, fitter = self._shown, self._document.volume, self._fitting.fitter()
        if vesicle is None or volume is None or fitter is None:
            return
        voxel, levels = self._document.voxel_size_nm, self._workspace.state.settings.levels
        sphere_px, former, alone = vesicle.sphere.to_px(voxel), self._former, (vesicle.id,)

        def work() -> _Pictures:
            pieces = {
                p.title: shaded(crop(volume.data, p, sphere_px, THUMBNAIL_PIXELS), levels) for p in Plane
            }
            before = fitter.own_profile(former, alone) if former else None
            return _Pictures(pieces, fitter.own_profile(vesicle.sphere, alone), before)

        run_in_background(work, lambda pictures: self._show(vesicle, pictures), lambda _s: None, self.view)
        accepted = self._document.vesicles.accepted
        if (
            len(accepted) >= FEWEST_PROFILES
            and abs(len(accepted) - self._band_size) > BAND_CHANGE * self._band_size
        ):
            self._compute_band(accepted, fitter)

    def _compute_band(self, accepted: tuple[Vesicle, ...], fitter: ManualFitter) -> None:
        self._band_size = len(accepted)
        some = accepted[:: max(1, len(accepted) // MOST_PROFILES)]
        run_in_background(
            lambda: profile_band([fitter.own_profile(v.sphere, (v.id,)) for v in some]),
            self._take_band,
            lambda _s: None,
            self.view,
        )

    def _take_band(self, band: ProfileBand) -> None:
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
        pictures = self._pictures
        if pictures is None:
            return
        self.view.plot.show_profiles(
            Profiles(
                POSITIONS_NM - self._document.recipe.fit.edge_nm,
                pictures.profile,
                second_derivative(pictures.profile),
                search_band_nm(self._document.recipe),
                self._band,
                pictures.before,
            )
        )
        self.view.legend.setText(_legend(self._band is not None, pictures.before is not None))


def _legend(has_band: bool, has_before: bool) -> str:
    """What the lines are."""
    parts = ["Line: this vesicle"]
    if has_before:
        parts.append("dotted: before the last change")
    if has_band:
        parts.append("blue: mean and middle 80 %")
    parts.append("grey ground: where fits look for the membrane")
    return " · ".join(parts)


def title_of(vesicle: Vesicle) -> str:
    return f"Vesicle {vesicle.id} · {vesicle.status} · {format_p(vesicle.p_value)}"


def percentile(value: float, everyone: list[Any]) -> str:
    """Where a value stands among all accepted vesicles, in words of percent."""
    known = np.array([v for v in everyone if v is not None], dtype=float)
    return f"{100 * np.mean(known <= value):.0f} %" if len(known) else ""

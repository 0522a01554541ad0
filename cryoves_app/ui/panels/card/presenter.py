"""Fills the card of the current vesicle: thumbnails and profiles are worked out in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from cryoves_app.analysis.membrane.profiles import (
    ProfileBand,
    profile_band,
    search_band_nm,
    second_derivative,
)
from cryoves_app.analysis.membrane.radial import POSITIONS_NM
from cryoves_app.domain.colours import status_colour
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.measures import BY_KEY, format_p
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.panels.card.plot import Profiles
from cryoves_app.ui.panels.card.view import CardView
from cryoves_app.ui.project.fitting import FitService
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.crops import crop, shade_crop
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
    vesicle: Vesicle
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
        self._drawing = Recompute(view, self._draw, self._show, pause_ms=PAUSE_MS)
        self._averaging = Recompute(view, self._average, self._take_band, pause_ms=PAUSE_MS, takes_older=True)
        self._document.selection_changed.connect(self.refresh)
        self._document.vesicles_changed.connect(self.refresh)
        self._document.volume_changed.connect(self._forget)
        fitting.ready.connect(self.refresh)
        view.shown.connect(self.refresh)

    def _forget(self) -> None:
        self._band, self._band_size = None, 0
        self._averaging.forget()
        self.refresh()

    def refresh(self) -> None:
        """Show the current vesicle; pictures follow a moment later."""
        if not self.view.isVisible():
            return
        vesicle = self._document.current
        if vesicle is None:
            self._shown = None
            self._drawing.forget()
            self.view.show_nothing()
            return
        self._remember(vesicle)
        self._shown = vesicle
        reason = reasons(vesicle, Norms.of(self._document.vesicles))
        said = f"{reason[0].upper()}{reason[1:]}. {judgements_sentence(vesicle)}".strip()
        self.view.show_vesicle(title_of(vesicle), said, self._rows(vesicle))
        self._drawing.ask()
        self._averaging.ask()

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

    def _draw(self) -> Callable[[], _Pictures] | None:
        vesicle, volume, fitter = self._shown, self._document.volume, self._fitting.known
        if vesicle is None or volume is None or fitter is None:
            return None
        sphere_px = vesicle.sphere.to_px(self._document.voxel_size_nm)
        levels, former, alone = self._workspace.state.settings.levels, self._former, (vesicle.id,)

        def draw() -> _Pictures:
            pieces = {
                p.title: shade_crop(crop(volume.data, p, sphere_px, THUMBNAIL_PIXELS), levels) for p in Plane
            }
            before = fitter.own_profile(former, alone) if former else None
            return _Pictures(vesicle, pieces, fitter.own_profile(vesicle.sphere, alone), before)

        return draw

    def _average(self) -> Callable[[], tuple[ProfileBand, int]] | None:
        """The population's band, anew where a good part of the population came or went."""
        accepted, fitter = self._document.vesicles.accepted, self._fitting.known
        change = abs(len(accepted) - self._band_size)
        if fitter is None or len(accepted) < FEWEST_PROFILES or change <= BAND_CHANGE * self._band_size:
            return None
        some = accepted[:: max(1, len(accepted) // MOST_PROFILES)]
        return lambda: (profile_band([fitter.own_profile(v.sphere, (v.id,)) for v in some]), len(accepted))

    def _take_band(self, found: tuple[ProfileBand, int]) -> None:
        self._band, self._band_size = found
        self._show_profile()

    def _show(self, pictures: _Pictures) -> None:
        self._pictures = pictures
        colour = status_colour(pictures.vesicle)
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


def judgements_sentence(vesicle: Vesicle) -> str:
    """Who judged it and how; empty where nobody did under a name."""
    said = ", ".join(f"{j.status} by {j.reviewer}" for j in vesicle.judgements)
    end = " (disputed)" if vesicle.is_disputed else ""
    return f"{said[0].upper()}{said[1:]}{end}." if said else ""


def percentile(value: float, everyone: list[Any]) -> str:
    """Where a value stands among all accepted vesicles, in words of percent."""
    known = np.array([v for v in everyone if v is not None], dtype=float)
    return f"{100 * np.mean(known <= value):.0f} %" if len(known) else ""

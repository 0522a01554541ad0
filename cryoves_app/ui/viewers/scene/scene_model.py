"""The vesicles as all views draw them: worked out once for each change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.vesicle import SHAPE_TERMS, Status, Vesicle, shape_terms_px
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.colouring import Colouring, colour_vesicles
from cryoves_app.ui.viewers.view_state import ViewSettings, ViewState

_AFFECTS = {"colour_by", "show_rejected", "only_unchecked", "checked_by"}


class SceneModel(QObject):
    """The shown vesicles, their spheres in voxels, and their styles; rows of all three belong together."""

    changed = Signal()
    selection_changed = Signal()

    def __init__(self, document: Document, state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._state = document, state
        self.vesicles: tuple[Vesicle, ...] = ()
        self.spheres_px: NDArray[np.float64] = np.zeros((0, 4))
        self.terms_px: NDArray[np.float64] = np.zeros((0, SHAPE_TERMS))  # of their shapes; 0 where unknown
        self.shaped: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.ids: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.colouring = Colouring(())
        self.doubtful: NDArray[np.bool_] = np.zeros(0, dtype=bool)  # outliers that nobody has checked
        self.selected_rows: set[int] = set()
        self._kept: set[int] = set()  # shown only because they are selected
        document.vesicles_changed.connect(self.refresh)
        document.volume_changed.connect(self.refresh)
        document.pools_changed.connect(self.refresh)
        document.selection_changed.connect(self._select)
        state.changed.connect(self._state_changed)

    def _state_changed(self, names: set[str]) -> None:
        if names & _AFFECTS:
            self.refresh()

    def refresh(self) -> None:
        """Work out everything anew."""
        chosen = set(self._document.selection)
        shown = [
            v for v in self._document.shown_vesicles if v.id in chosen or is_shown(v, self._state.settings)
        ]
        self._kept = {v.id for v in shown if v.id in chosen and not is_shown(v, self._state.settings)}
        self.vesicles = tuple(shown)
        voxel = self._document.voxel_size_nm
        rows = [(v.z_nm, v.y_nm, v.x_nm, v.radius_nm) for v in self.vesicles]
        self.spheres_px = np.array(rows, dtype=float).reshape(-1, 4) / voxel
        self.terms_px = shape_terms_px(self.vesicles, voxel)
        self.shaped = np.asarray(self.terms_px.any(axis=1), dtype=bool)
        self.ids = np.array([v.id for v in self.vesicles], dtype=np.int64)
        by, pools = self._state.settings.colour_by, self._document.pools.names
        self.colouring = colour_vesicles(self.vesicles, by, voxel, pools)
        self.doubtful = np.array([_needs_a_look(v) for v in self.vesicles], dtype=bool)
        self._find_selected()
        self.changed.emit()

    def _select(self) -> None:
        chosen = set(self._document.selection)
        if chosen - set(self.ids.tolist()) or self._kept - chosen:
            self.refresh()
        self._find_selected()
        self.selection_changed.emit()

    def _find_selected(self) -> None:
        rows = np.flatnonzero(np.isin(self.ids, self._document.selection))
        self.selected_rows = set(rows.tolist())


def is_shown(vesicle: Vesicle, settings: ViewSettings) -> bool:
    """Whether a vesicle that is not selected is drawn."""
    if vesicle.status == Status.REJECTED and not settings.show_rejected:
        return False
    return not (settings.only_unchecked and vesicle.is_checked(settings.checked_by))


def _needs_a_look(vesicle: Vesicle) -> bool:
    return vesicle.status == Status.OUTLIER and not vesicle.reviewed

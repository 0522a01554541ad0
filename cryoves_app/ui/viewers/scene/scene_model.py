"""The vesicles as all views draw them: worked out once for each change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.vesicle import SHAPE_TERMS, Status, Vesicle, shape_terms_px
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.colouring import Colouring, colour_vesicles
from cryoves_app.ui.viewers.view_state import ViewSettings, ViewState

_T = TypeVar("_T", np.float64, np.bool_)
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
        self._voxel_nm = 1.0
        self.selected_rows: set[int] = set()
        self._told: tuple[int, ...] = ()  # the selection that ``changed`` or ``selection_changed`` spoke of
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
        self._measure(tuple(shown), self._document.voxel_size_nm)
        by, pools = self._state.settings.colour_by, self._document.pools.names
        self.colouring = colour_vesicles(self.vesicles, by, self._voxel_nm, pools)
        self._find_selected()
        self.changed.emit()

    def _measure(self, shown: tuple[Vesicle, ...], voxel_nm: float) -> None:
        """Arrays of the vesicles; rows that stayed are kept, so that one edit among thousands costs one row."""
        before, same_size = self.vesicles, voxel_nm == self._voxel_nm
        self.vesicles, self._voxel_nm = shown, voxel_nm
        ids = np.fromiter((v.id for v in shown), np.int64, len(shown))
        rows: Sequence[int] = range(len(shown))
        if same_size and np.array_equal(ids, self.ids):
            rows = [row for row, v in enumerate(shown) if v is not before[row]]
        else:
            self.spheres_px = np.zeros((len(shown), 4))
            self.terms_px = np.zeros((len(shown), SHAPE_TERMS))
            self.shaped, self.doubtful = np.zeros((2, len(shown)), bool)
        self.ids = ids
        self._fill(rows)

    def _fill(self, rows: Sequence[int]) -> None:
        """The arrays' rows, as copies: who drew the last ones may still hold them."""
        vesicles = [self.vesicles[row] for row in rows]
        if not vesicles:
            return
        spheres = np.array([(v.z_nm, v.y_nm, v.x_nm, v.radius_nm) for v in vesicles])
        terms = shape_terms_px(vesicles, self._voxel_nm)
        self.spheres_px = _with_rows(self.spheres_px, rows, spheres / self._voxel_nm)
        self.terms_px = _with_rows(self.terms_px, rows, terms)
        self.shaped = _with_rows(self.shaped, rows, np.asarray(terms.any(axis=1), bool))
        self.doubtful = _with_rows(self.doubtful, rows, np.array([_needs_a_look(v) for v in vesicles]))

    def _select(self) -> None:
        if self._document.selection == self._told:
            return
        chosen = set(self._document.selection)
        if chosen - set(self.ids.tolist()) or self._kept - chosen:
            self.refresh()
        self._find_selected()
        self.selection_changed.emit()

    def _find_selected(self) -> None:
        self._told = self._document.selection
        rows = np.flatnonzero(np.isin(self.ids, self._document.selection))
        self.selected_rows = set(rows.tolist())


def _with_rows(array: NDArray[_T], rows: Sequence[int], values: NDArray[_T]) -> NDArray[_T]:
    changed = array.copy()
    changed[list(rows)] = values
    return changed


def is_shown(vesicle: Vesicle, settings: ViewSettings) -> bool:
    """Whether a vesicle that is not selected is drawn."""
    if vesicle.status == Status.REJECTED and not settings.show_rejected:
        return False
    return not (settings.only_unchecked and vesicle.is_checked(settings.checked_by))


def _needs_a_look(vesicle: Vesicle) -> bool:
    return vesicle.status == Status.OUTLIER and not vesicle.reviewed

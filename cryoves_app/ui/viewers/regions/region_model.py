"""The regions as all views draw them: which one is current, which are hidden, and what is being drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.region import Region, RegionKind, usual_tube_nm
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.view_state import ViewState


@dataclass(frozen=True)
class Draft:
    """A line on slice ``z`` before it becomes a contour; ``by_hand`` ones show no points."""

    kind: RegionKind
    z: int
    points: tuple[Position, ...]
    closed: bool = False
    by_hand: bool = False


@dataclass(frozen=True)
class PaintedSlice:
    """A slice of a region while the brush is on it."""

    kind: RegionKind
    z: int
    plane: NDArray[np.bool_]


class RegionModel(QObject):
    """Regions are known by their names. ``pending`` is the kind of a region that the next contour begins."""

    changed = Signal()
    draft_changed = Signal()

    def __init__(self, document: Document, state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._state = document, state
        self.current_name = ""
        self.hidden: frozenset[str] = frozenset()
        self.pending: RegionKind | None = None
        self.draft: Draft | None = None
        self.painted: PaintedSlice | None = None
        self._known: tuple[str, ...] = ()
        self._next_tube_nm: float | None = None
        document.regions_changed.connect(self._follow)
        document.volume_changed.connect(self._forget)
        state.changed.connect(self._state_changed)

    @property
    def regions(self) -> tuple[Region, ...]:
        return self._document.regions

    @property
    def visible(self) -> tuple[Region, ...]:
        """The regions that are drawn now."""
        shown = self._state.settings.show_regions
        return tuple(r for r in self.regions if shown and r.name not in self.hidden)

    @property
    def current(self) -> Region | None:
        return next((r for r in self.regions if r.name == self.current_name), None)

    @property
    def kind(self) -> RegionKind:
        """The kind of the region that a new contour goes into."""
        current = self.current
        return current.kind if current else self.pending or RegionKind.CYTOPLASM

    @property
    def tube_nm(self) -> float:
        """The diameter of the current region's tube, or of one that begins."""
        current = self.current
        return (
            current.tube_nm if current else self._next_tube_nm or usual_tube_nm(self._document.voxel_size_nm)
        )

    def set_next_tube_nm(self, diameter_nm: float) -> None:
        """The diameter of the tube of a region that is about to begin."""
        self._next_tube_nm = diameter_nm
        self.draft_changed.emit()

    def choose(self, name: str) -> None:
        """Make a region the one that tools work on."""
        if name != self.current_name or self.pending is not None:
            self.current_name, self.pending = name, None
            self.changed.emit()

    def begin(self, kind: RegionKind) -> None:
        """The next contour begins a new region of this kind."""
        self.current_name, self.pending = "", kind
        self.changed.emit()

    def show(self, name: str, *, shown: bool) -> None:
        """Draw a region, or leave it out; what it does stays."""
        self.hidden = self.hidden - {name} if shown else self.hidden | {name}
        self.changed.emit()

    def set_draft(self, draft: Draft | None) -> None:
        if draft != self.draft:
            self.draft = draft
            self.draft_changed.emit()

    def set_painted(self, painted: PaintedSlice | None) -> None:
        self.painted = painted
        self.draft_changed.emit()

    def _follow(self) -> None:
        """After an edit: a new region becomes the current one, and one that went is no longer."""
        names = tuple(r.name for r in self.regions)
        new = [name for name in names if name not in self._known]
        renamed = len(names) == len(self._known) and len(new) == 1
        if renamed and self._known[names.index(new[0])] in self.hidden:
            self.hidden |= {new[0]}
        if new and (len(names) > len(self._known) or self.current_name not in names):
            self.current_name, self.pending = new[-1], None
        elif self.current_name not in names and self.pending is None:
            self.current_name = names[-1] if names else ""
        self._known = names
        self.hidden &= set(names)
        self.changed.emit()

    def _forget(self) -> None:
        """Another tomogram: whatever was being drawn is void."""
        self.draft = self.painted = self.pending = self._next_tube_nm = None
        self.draft_changed.emit()

    def _state_changed(self, names: set[str]) -> None:
        if "show_regions" in names:
            self.changed.emit()

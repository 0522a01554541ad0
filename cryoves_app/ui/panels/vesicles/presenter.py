"""Links the vesicle table with the document."""

from __future__ import annotations

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.vesicle_filter import parse_filter
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.models.vesicle_table import VesicleTableModel
from cryoves_app.ui.panels.vesicles.view import VesiclesView
from cryoves_app.ui.viewers.view_state import ViewState


class VesiclesPresenter:
    """Filter, counts and selection."""

    def __init__(self, document: Document, state: ViewState) -> None:
        self._document, self._state = document, state
        self.model = VesicleTableModel()
        self.view = VesiclesView(self.model)
        self.view.selected.connect(self._clicked)
        self.view.flown_to.connect(document.fly_to)
        self.view.filter_edited.connect(lambda _text: self._filter())
        self.view.unchecked.toggled.connect(lambda on: state.change(only_unchecked=on))
        state.changed.connect(self._state_changed)
        document.vesicles_changed.connect(self.refresh)
        document.volume_changed.connect(self.refresh)
        document.selection_changed.connect(lambda: self.view.show_selection(document.selection))
        self.refresh()

    def refresh(self) -> None:
        with self.view.unheard():
            self.model.set_vesicles(self._document.vesicles, self._document.voxel_size_nm)
        self.view.show_counts(counts_text(self._document.vesicles), self._empty_text())
        self.view.show_selection(self._document.selection)

    def _empty_text(self) -> str:
        if len(self._document.vesicles):
            return ""
        if self._document.volume is None:
            return "Open a tomogram; its vesicles will be listed here."
        return "No vesicles yet. Segment the tomogram, or add vesicles by hand with E."

    def _clicked(self, ids: list[int]) -> None:
        """A single row is flown to; several are only selected."""
        if len(ids) == 1:
            self._document.fly_to(ids[0])
        else:
            self._document.select(ids)

    def _state_changed(self, names: set[str]) -> None:
        if {"only_unchecked", "checked_by"} & names:
            self.view.unchecked.setChecked(self._state.settings.only_unchecked)
            self._filter()

    def _filter(self) -> None:
        settings = self._state.settings
        try:
            wanted = parse_filter(
                self.view.filter.text(),
                only_unchecked=settings.only_unchecked,
                checked_by=settings.checked_by,
            )
        except CryoVesError as error:
            self.view.show_hint(str(error))
            return
        self.view.show_hint("")
        with self.view.unheard():
            self.model.set_filter(wanted)
        self.view.show_selection(self._document.selection)

    def shown_ids(self) -> list[int]:
        """The ids as they stand in the table now: filtered and sorted."""
        return [v.id for v in self.model.vesicles]


def counts_text(vesicles: VesicleSet) -> str:
    """``187 accepted · 21 outliers · 4 rejected``; how many are checked stands below the table."""
    if not len(vesicles):
        return ""
    counts = {s: len(vesicles.with_status(s)) for s in Status}
    outliers, rejected = counts[Status.OUTLIER], counts[Status.REJECTED]
    parts = [f"{counts[Status.ACCEPTED]} accepted"]
    parts += [f"{outliers} outlier{'s' if outliers != 1 else ''}"] if outliers else []
    parts += [f"{rejected} rejected"] if rejected else []
    return " · ".join(parts)

"""Leads from one doubtful vesicle to the next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.panels.review.view import ReviewView
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.viewers.view_state import ViewState
from cryoves_app.workflow.project.review import ReviewOrder, reasons


class ReviewPresenter(QObject):
    """Accepting or rejecting flies on to the next unchecked vesicle; the selection never moves by itself else."""

    shown = Signal(str)  # why one was flown to

    def __init__(self, view: ReviewView, document: Document, editor: VesicleEditor, state: ViewState) -> None:
        super().__init__(document)
        self._state = state
        self.view, self._document, self._editor = view, document, editor
        self._order = ReviewOrder()
        self._trail: list[int] = []
        view.accepted.connect(self.accept)
        view.rejected.connect(self.reject)
        view.next_wanted.connect(self.go_next)
        view.previous_wanted.connect(self.go_previous)
        document.vesicles_changed.connect(self.refresh)
        document.selection_changed.connect(self.refresh)
        document.volume_changed.connect(self._trail.clear)
        document.volume_changed.connect(self.refresh)
        state.changed.connect(self._state_changed)
        self.refresh()

    def _state_changed(self, names: set[str]) -> None:
        if "checked_by" in names:
            self.refresh()

    def refresh(self) -> None:
        vesicles = self._document.vesicles
        by = self._state.settings.checked_by
        self.view.show_progress(vesicles.checked_by(by), len(vesicles), by)
        self.view.show_reason(self._reason_text())
        self.view.enable(decide=self._editor.can_edit_selection, go=len(vesicles) > 0)

    def _reason_text(self) -> str:
        chosen = self._document.selected()
        if len(chosen) > 1:
            return f"{len(chosen)} vesicles selected"
        if not chosen:
            return "N shows the next vesicle that needs a look." if len(self._document.vesicles) else ""
        return f"Vesicle {chosen[0].id}: {reasons(chosen[0], self._order.norms(self._document.vesicles))}."

    def accept(self) -> None:
        self._decide(self._editor.accept)

    def reject(self) -> None:
        self._decide(self._editor.reject)

    def _decide(self, decide: Callable[[], bool]) -> None:
        chosen, before = self._document.selection, self._document.current
        if not chosen or not decide():
            return
        if len(chosen) == 1:
            self._fly(before, 1)

    def go_next(self) -> None:
        self._fly(self._document.current, 1)

    def go_previous(self) -> None:
        """Back to what was judged or passed over last; else to the one before that nobody has checked."""
        current = self._document.current
        while self._trail:
            before = self._trail.pop()
            if self._document.vesicles.get(before) is not None and (current is None or current.id != before):
                self._go_to(before)
                return
        self._fly(current, -1)

    def _fly(self, after: Vesicle | None, step: int) -> None:
        found = self._order.queue(self._document.vesicles).next_unchecked(
            after, step, self._state.settings.checked_by
        )
        if found is None:
            return
        if after is not None and step > 0:
            self._trail.append(after.id)
        self._go_to(found.id)

    def _go_to(self, number: int) -> None:
        self._document.fly_to(number)
        self.shown.emit(self._reason_text())

    def commands(self) -> list[Command]:
        """Accept, reject, next and previous."""
        return [*self._decisions(), *self._moves()]

    def _decisions(self) -> list[Command]:
        command = partial(Command, menu="Vesicles", enabled=lambda: self._editor.can_edit_selection)
        return [
            command(
                key="vesicle.accept",
                text="Accept",
                run=self.accept,
                icon="check-circle-outline",
                shortcuts=("A",),
            ),
            command(
                key="vesicle.reject",
                text="Reject",
                run=self.reject,
                icon="close-circle-outline",
                shortcuts=("D", "Del"),
                hint="Rejected vesicles are kept, hidden, and can be restored",
            ),
        ]

    def _moves(self) -> list[Command]:
        command = partial(
            Command, menu="Vesicles", enabled=lambda: len(self._document.vesicles) > 0, needs="needs vesicles"
        )
        return [
            command(
                key="vesicle.next",
                text="Next doubtful vesicle",
                run=self.go_next,
                icon="chevron-right",
                shortcuts=("N",),
            ),
            command(
                key="vesicle.previous",
                text="Previous doubtful vesicle",
                run=self.go_previous,
                icon="chevron-left",
                shortcuts=("P",),
                hint="Back to what was judged or passed over last",
            ),
        ]

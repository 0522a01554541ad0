"""Leads from one doubtful vesicle to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.panels.review.view import ReviewView
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.workflow.project.review import ReviewOrder, reasons


class ReviewPresenter(QObject):
    """Accepting or rejecting flies on to the next unchecked vesicle; the selection never moves by itself else."""

    def __init__(self, view: ReviewView, document: Document, editor: VesicleEditor) -> None:
        super().__init__(document)
        self.view, self._document, self._editor = view, document, editor
        self._order = ReviewOrder()
        view.accepted.connect(self.accept)
        view.rejected.connect(self.reject)
        view.next_wanted.connect(self.go_next)
        view.previous_wanted.connect(self.go_previous)
        document.vesicles_changed.connect(self.refresh)
        document.selection_changed.connect(self.refresh)
        document.volume_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        vesicles = self._document.vesicles
        self.view.show_progress(vesicles.checked_count, len(vesicles))
        self.view.show_reason(self._reason_text())
        self.view.enable(decide=self._editor.can_edit_selection, go=len(vesicles) > 0)

    def _reason_text(self) -> str:
        chosen = self._document.selected()
        if len(chosen) > 1:
            return f"{len(chosen)} vesicles selected"
        if not chosen:
            return "N shows the next vesicle that needs a look." if len(self._document.vesicles) else ""
        return (
            f"Vesicle {chosen[0].id}: {reasons(chosen[0], self._order.queue(self._document.vesicles).norms)}."
        )

    def accept(self) -> None:
        self._decide(self._editor.accept)

    def reject(self) -> None:
        self._decide(self._editor.reject)

    def _decide(self, decide: object) -> None:
        chosen, before = self._document.selection, self._document.current
        if not chosen or not decide():  # type: ignore[operator]
            return
        if len(chosen) == 1:
            self._fly(before, 1)

    def go_next(self) -> None:
        self._fly(self._document.current, 1)

    def go_previous(self) -> None:
        self._fly(self._document.current, -1)

    def _fly(self, after: Vesicle | None, step: int) -> None:
        found = self._order.queue(self._document.vesicles).next_unchecked(after, step)
        if found is not None:
            self._document.fly_to(found.id)

    def commands(self) -> list[Command]:
        def decide() -> bool:
            return self._editor.can_edit_selection

        def go() -> bool:
            return len(self._document.vesicles) > 0

        return [
            Command(
                "vesicle.accept", "Accept", self.accept, "Vesicles", "check-circle-outline", ("A",), decide
            ),
            Command(
                "vesicle.reject",
                "Reject",
                self.reject,
                "Vesicles",
                "close-circle-outline",
                ("D", "Del"),
                decide,
                hint="Rejected vesicles are kept, hidden, and can be restored",
            ),
            Command(
                "vesicle.next", "Next doubtful vesicle", self.go_next, "Vesicles", "chevron-right", ("N",), go
            ),
            Command(
                "vesicle.previous",
                "Previous doubtful vesicle",
                self.go_previous,
                "Vesicles",
                "chevron-left",
                ("P",),
                go,
            ),
        ]

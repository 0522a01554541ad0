"""Whose judgements they are: the user's name, and the review of a second person."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.vesicle import DISPUTED
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.dialogs.reviewer import ReviewerDialog
from cryoves_app.ui.panels.review.step import ReviewStep
from cryoves_app.ui.project.project_controller import ProjectController, Stepped
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.project.reviewers import Reviewers


class ReviewerCommands(QObject):
    """Tells once under which name judgements are kept, and who judged before."""

    filter_wanted = Signal(str)

    def __init__(self, workspace: Workspace, projects: ProjectController, step: ReviewStep) -> None:
        super().__init__(workspace)
        self._workspace, self._document, self._step = workspace, workspace.document, step
        self._reviewer = workspace.reviewer
        self._known = (self._document.vesicles, Reviewers())
        step.name_wanted.connect(self.ask_name)
        step.disputed_wanted.connect(self.show_disputed)
        projects.stepped.connect(self._stepped)
        self._reviewer.changed.connect(self._renamed)
        self._document.vesicles_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Bring the numbers of the step Review up to date."""
        self._step.show_reviewers(self._reviewer.name, self._reviewers())

    def _reviewers(self) -> Reviewers:
        """Looked at once for each state of the vesicles."""
        if self._known[0] is not self._document.vesicles:
            self._known = (self._document.vesicles, Reviewers.of(self._document.vesicles))
        return self._known[1]

    def ask_name(self) -> None:
        ReviewerDialog(self._reviewer, self._workspace.window).open()

    def show_disputed(self) -> None:
        """Only these in the table."""
        self.filter_wanted.emit(DISPUTED)

    def toggle_own_review(self) -> None:
        """Whether what only others judged counts as unchecked."""
        on = not self._workspace.state.settings.checked_by
        self._workspace.state.change(checked_by=self._reviewer.name if on else "")

    def greet(self) -> None:
        """Say of a project that was opened who judged its vesicles, and offer to judge them again."""
        self._workspace.state.change(checked_by="")
        others = self._reviewers().others_than(self._reviewer.name)
        if others.numbers:
            self._workspace.offer(
                "info",
                f"{others.sentence()} of {len(self._document.vesicles)}. What you judge is kept beside it, as "
                f"{self._reviewer.name}.",
                Choice("Check them again", self._begin_own_review),
                Choice("Change my name", self.ask_name),
            )

    def _begin_own_review(self) -> None:
        self._workspace.state.change(checked_by=self._reviewer.name)

    def _stepped(self, how: Stepped, _title: str) -> None:
        if how is Stepped.DONE and not self._reviewer.is_told:
            name = self._reviewer.name
            self._reviewer.rename(name)
            self._workspace.offer(
                "info",
                f"What you judge is kept under the name {name}.",
                Choice("Change it", self.ask_name),
            )

    def _renamed(self) -> None:
        if self._workspace.state.settings.checked_by:
            self._workspace.state.change(checked_by=self._reviewer.name)
        self.refresh()

    def commands(self) -> list[Command]:
        """Name, second review, and what people differ on."""
        return [
            Command(
                key="review.own",
                text="Check again what others checked",
                run=self.toggle_own_review,
                menu="Vesicles",
                checked=lambda: bool(self._workspace.state.settings.checked_by),
                enabled=lambda: len(self._document.vesicles) > 0,
                needs="needs vesicles",
                hint="A second review: what you have not judged yourself counts as unchecked",
                separated=True,
            ),
            Command(
                key="review.disputed",
                text="Show disputed vesicles",
                run=self.show_disputed,
                menu="Vesicles",
                enabled=lambda: bool(self._reviewers().disputed),
                hint="Those that several people judged differently",
                needs="needs vesicles that several people judged differently",
            ),
            Command(
                key="review.name",
                text="Your name…",
                run=self.ask_name,
                menu="Vesicles",
                icon="account-outline",
                hint="The reviewer's name that is kept with every judgement",
            ),
        ]

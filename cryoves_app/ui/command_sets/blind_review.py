"""Reviews of people who do not see each other's judgements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.command_sets.reviewer import ReviewerCommands
from cryoves_app.ui.dialogs.blind_review import BlindReviewDialog
from cryoves_app.ui.project.opening import Opener
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.project.blind import agreeing_people, blind_place, blind_reviewer, write_blind_copy


class BlindReviewCommands(QObject):
    """Makes a copy for one person and opens it; says of such a copy whose it is."""

    def __init__(
        self, workspace: Workspace, projects: ProjectController, opener: Opener, reviewers: ReviewerCommands
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._opener, self._reviewers = (
            workspace,
            projects,
            opener,
            reviewers,
        )

    def commands(self) -> list[Command]:
        return [
            Command(
                key="review.blind",
                text="Start a blind review…",
                run=self.ask,
                menu="Vesicles",
                enabled=lambda: (
                    self._projects.session is not None and len(self._workspace.document.vesicles) > 0
                ),
                hint="A copy of the project for one person, in which nothing shows what others judged",
                needs="needs a project with vesicles",
            )
        ]

    def ask(self) -> None:
        dialog = BlindReviewDialog(self._workspace.reviewer.name, self._workspace.window)
        dialog.chosen.connect(self._ask_where)
        dialog.open()

    def _ask_where(self, name: str) -> None:
        place = self._projects.place_text()
        if place is None:
            return
        proposed = str(blind_place(Path(place), name))
        chosen, _ = QFileDialog.getSaveFileName(
            self._workspace.window, "Save the copy for the blind review", proposed, f"Projects (*{SUFFIX})"
        )
        if chosen:
            self.begin(name, Path(chosen).with_suffix(SUFFIX))

    def begin(self, name: str, path: Path) -> None:
        """Write the copy in a thread, and go on with it under the person's name."""
        session = self._projects.session
        if session is None:
            return
        project, done, home = session.project, session.done, session.home

        def written(_none: None) -> None:
            self._workspace.reviewer.rename(name)
            self._opener.open([path])

        run_in_background(lambda: write_blind_copy(project, done, name, path, home), written, owner=self)

    def greet(self) -> None:
        """Say whose blind review was opened, or which people's disputes are to be settled."""
        session = self._projects.session
        if session is None:
            return
        if people := agreeing_people(session.project.run):
            self._greet_people(people)
        elif whose := blind_reviewer(session.project.run):
            self._greet_reviewer(whose)

    def _greet_people(self, people: Sequence[str]) -> None:
        left = sum(not v.reviewed and v.status is Status.OUTLIER for v in self._workspace.document.vesicles)
        who = " and ".join(people)
        if left:
            self._workspace.offer(
                "info",
                f"{who} dispute {counted(left, 'vesicle')} here. N leads through them, A and D settle them.",
                Choice("Show the first", lambda: self._workspace.commands.run("vesicle.next")),
            )
        else:
            self._workspace.tell("info", f"Everything that {who} disputed is settled here.")

    def _greet_reviewer(self, whose: str) -> None:
        name = self._workspace.reviewer.name
        if whose == name:
            self._workspace.tell("info", f"This is {whose}'s blind review: what others judged is not in it.")
        else:
            self._workspace.offer(
                "warning",
                f"This is {whose}'s blind review, and you judge as {name}.",
                Choice("Change my name", self._reviewers.ask_name),
            )

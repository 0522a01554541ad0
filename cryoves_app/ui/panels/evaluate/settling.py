"""In a project in which two people settle their disputes: the spheres of both over the chosen vesicle, to take one."""

from __future__ import annotations

from PySide6.QtCore import QObject

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.comparison import ComparedSpheres
from cryoves_app.workflow.project.blind import TwoSpheres, agreeing_people, disputed_spheres


class Settling(QObject):
    """Draws the first person's sphere yellow and the second's pink, as an evaluation does."""

    def __init__(
        self,
        workspace: Workspace,
        projects: ProjectController,
        editor: VesicleEditor,
        compared: ComparedSpheres,
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._editor, self._compared = workspace, projects, editor, compared
        self._drawn: int | None = None
        workspace.document.selection_changed.connect(self._show)

    def _both(self) -> tuple[int, TwoSpheres] | None:
        """The chosen vesicle with what the two made of it, where they differ."""
        session, chosen = self._projects.session, self._workspace.document.selection
        if session is None or len(chosen) != 1:
            return None
        both = disputed_spheres(session.project.run).get(chosen[0])
        return (chosen[0], both) if both is not None else None

    def _show(self) -> None:
        found = self._both()
        if found is not None:
            number, (first, second) = found
            self._compared.show_error(first, second)
            self._drawn = number
            self._tell_colours()
        elif self._drawn is not None:
            self._compared.show_error(None, None)
            self._drawn = None

    def _tell_colours(self) -> None:
        session = self._projects.session
        people = agreeing_people(session.project.run) if session is not None else ()
        if len(people) == 2:
            self._workspace.tell_briefly(
                f"{people[0]}'s sphere is yellow, {people[1]}'s pink and dashed; Vesicles → Take … chooses one."
            )

    def _take(self, which: int) -> None:
        found = self._both()
        if found is not None:
            number, both = found
            self._editor.set_spheres({number: both[which]}, "Take the sphere of")

    def commands(self) -> list[Command]:
        """Take the one or the other."""
        return [
            Command(
                key=f"settle.{key}",
                text=f"Take the {key} person's sphere",
                run=lambda which=which: self._take(which),  # type: ignore[misc]
                menu="Vesicles",
                enabled=lambda: self._editor.can_edit and self._both() is not None,
                hint=f"Where two people differ: the {key} one's, drawn {look}",
                needs="needs a vesicle of an agreed project on whose size or place two people differ",
                separated=which == 0,
            )
            for which, (key, look) in enumerate((("first", "yellow"), ("second", "pink and dashed")))
        ]

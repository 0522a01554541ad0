"""Commands that change vesicles, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.editor import NUDGE_FAR_PX, NUDGE_PX, VesicleEditor
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.viewers.ortho_view import OrthoView

_ARROWS = (("Left", -1, 0, "left"), ("Right", 1, 0, "right"), ("Up", 0, 1, "up"), ("Down", 0, -1, "down"))


def history_commands(projects: ProjectController) -> list[Command]:
    """Undo and redo."""

    def can_undo() -> bool:
        return projects.can_edit and projects.session is not None and projects.session.can_undo

    def can_redo() -> bool:
        return projects.can_edit and projects.session is not None and projects.session.can_redo

    return [
        Command("edit.undo", "Undo", projects.undo, "Edit", "undo", ("Ctrl+Z",), can_undo),
        Command("edit.redo", "Redo", projects.redo, "Edit", "redo", ("Ctrl+Shift+Z", "Ctrl+Y"), can_redo),
    ]


def vesicle_commands(
    editor: VesicleEditor,
    document: Document,
    fit_again: Callable[[], None],
    split: Callable[[], None],
    merge: Callable[[], None],
) -> list[Command]:
    """What is done to the selected vesicles."""

    def has_selection() -> bool:
        return editor.can_edit_selection

    def several() -> bool:
        return has_selection() and len(document.selection) > 1

    def one() -> bool:
        return has_selection() and len(document.selection) == 1

    def call(what: Callable[..., object], *values: object) -> Callable[[], None]:
        def run() -> None:
            what(*values)

        return run

    def some() -> bool:
        return len(document.vesicles) > 0

    return [
        Command(
            "vesicle.restore",
            "Restore",
            call(editor.restore),
            "Vesicles",
            "restore",
            ("Shift+A",),
            has_selection,
            hint="Takes back a rejection",
            separated=True,
        ),
        Command(
            "vesicle.checked",
            "Checked or not",
            call(editor.toggle_checked),
            "Vesicles",
            "eye-check-outline",
            ("K",),
            has_selection,
            hint="Marks the selected vesicles as checked, or as not checked; their status stays",
        ),
        Command("vesicle.refit", "Fit again", fit_again, "Vesicles", "target", ("F",), has_selection),
        Command(
            "vesicle.merge",
            "Merge",
            merge,
            "Vesicles",
            "call-merge",
            ("M",),
            several,
            hint="Makes one vesicle of the selected ones",
        ),
        Command(
            "vesicle.split",
            "Split",
            split,
            "Vesicles",
            "call-split",
            ("T",),
            one,
            hint="Makes two vesicles of one and fits both",
        ),
        Command(
            "vesicle.smaller",
            "Smaller",
            call(editor.resize_by_px, -NUDGE_PX),
            "Vesicles/Shape",
            "",
            ("[",),
            one,
        ),
        Command(
            "vesicle.larger", "Larger", call(editor.resize_by_px, NUDGE_PX), "Vesicles/Shape", "", ("]",), one
        ),
        Command(
            "edit.select_all",
            "Select all",
            lambda: document.select(v.id for v in document.vesicles),
            "Edit",
            "",
            ("Ctrl+A",),
            some,
            separated=True,
        ),
        Command(
            "edit.select_none", "Select nothing", lambda: document.select([]), "Edit", "", ("Escape",), some
        ),
    ]


def nudge_commands(editor: VesicleEditor, views: OrthoView) -> list[Command]:
    """Arrow keys move the selection in the plane that has the keyboard."""

    def nudge(horizontal: float, vertical: float) -> Callable[[], None]:
        def run() -> None:
            view = views.active_slice()
            upward = 1.0 if view.row_zero_at_bottom else -1.0
            editor.move_by_px(view.plane.position(horizontal, vertical * upward, 0.0))

        return run

    def enabled() -> bool:
        return editor.can_edit_selection

    found = []
    for key, horizontal, vertical, word in _ARROWS:
        for prefix, step, much in (("", NUDGE_PX, ""), ("Shift+", NUDGE_FAR_PX, " by a voxel")):
            found.append(
                Command(
                    f"vesicle.nudge_{word}{'_far' if prefix else ''}",
                    f"Move {word}{much}",
                    nudge(step * horizontal, step * vertical),
                    "Vesicles/Shape",
                    "",
                    (prefix + key,),
                    enabled,
                    in_views=True,
                )
            )
    return found

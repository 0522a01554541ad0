"""Commands that change vesicles, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.editor import NUDGE_FAR_PX, NUDGE_PX, VesicleEditor
from cryoves_app.ui.project.fitting import FitService
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.viewers.ortho_view import OrthoView

_ARROWS = (("Left", -1, 0, "left"), ("Right", 1, 0, "right"), ("Up", 0, 1, "up"), ("Down", 0, -1, "down"))
#: Key before the arrow, step in voxels, and what is added to the command's key and text.
_STEPS = (("", NUDGE_PX, "", ""), ("Shift+", NUDGE_FAR_PX, "_far", " by a voxel"))


def history_commands(projects: ProjectController) -> list[Command]:
    """Undo and redo."""

    def can_undo() -> bool:
        return projects.can_edit and projects.session is not None and projects.session.can_undo

    def can_redo() -> bool:
        return projects.can_edit and projects.session is not None and projects.session.can_redo

    undo = Command(
        key="edit.undo",
        text="Undo",
        run=projects.undo,
        menu="Edit",
        icon="undo",
        shortcuts=("Ctrl+Z",),
        enabled=can_undo,
    )
    redo = Command(
        key="edit.redo",
        text="Redo",
        run=projects.redo,
        menu="Edit",
        icon="redo",
        shortcuts=("Ctrl+Shift+Z", "Ctrl+Y"),
        enabled=can_redo,
    )
    return [undo, redo]


def vesicle_commands(editor: VesicleEditor, document: Document, fitting: FitService) -> list[Command]:
    """What is done to the selected vesicles."""
    return [
        *_judging(editor),
        *_fits(editor, document, fitting),
        *_sizes(editor),
        *_selecting(document),
    ]


def _selects_one(editor: VesicleEditor, document: Document) -> Callable[[], bool]:
    return lambda: editor.can_edit_selection and len(document.selection) == 1


def _judging(editor: VesicleEditor) -> list[Command]:
    command = partial(Command, menu="Vesicles", enabled=lambda: editor.can_edit_selection)
    return [
        command(
            key="vesicle.restore",
            text="Restore",
            run=editor.restore,
            icon="restore",
            shortcuts=("Shift+A",),
            hint="Takes back a rejection",
            separated=True,
        ),
        command(
            key="vesicle.checked",
            text="Checked or not",
            run=editor.toggle_checked,
            icon="eye-check-outline",
            shortcuts=("K",),
            hint="Marks the selected vesicles as checked, or as not checked; their status stays",
        ),
    ]


def _fits(editor: VesicleEditor, document: Document, fitting: FitService) -> list[Command]:
    command = partial(Command, menu="Vesicles")
    return [
        command(
            key="vesicle.refit",
            text="Fit again",
            run=fitting.refit,
            icon="target",
            shortcuts=("F",),
            enabled=lambda: editor.can_edit_selection,
        ),
        command(
            key="vesicle.merge",
            text="Merge",
            run=fitting.merge,
            icon="call-merge",
            shortcuts=("M",),
            enabled=lambda: editor.can_edit_selection and len(document.selection) > 1,
            hint="Makes one vesicle of the selected ones",
            needs="needs two or more selected vesicles",
        ),
        command(
            key="vesicle.split",
            text="Split",
            run=fitting.split,
            icon="call-split",
            shortcuts=("T",),
            enabled=_selects_one(editor, document),
            hint="Makes two vesicles of one and fits both",
            needs="needs exactly one selected vesicle",
        ),
    ]


def _sizes(editor: VesicleEditor) -> list[Command]:
    command = partial(Command, menu="Vesicles/Shape", enabled=lambda: editor.can_edit_selection)
    smaller, larger = (partial(editor.resize_by_px, step) for step in (-NUDGE_PX, NUDGE_PX))
    return [
        command(key="vesicle.smaller", text="Smaller", run=smaller, shortcuts=("[",)),
        command(key="vesicle.larger", text="Larger", run=larger, shortcuts=("]",)),
    ]


def _selecting(document: Document) -> list[Command]:
    command = partial(Command, menu="Edit", enabled=lambda: len(document.vesicles) > 0)
    return [
        command(
            key="edit.select_all",
            text="Select all",
            run=lambda: document.select(v.id for v in document.vesicles),
            shortcuts=("Ctrl+A",),
            separated=True,
        ),
        command(
            key="edit.select_none",
            text="Select nothing",
            run=lambda: document.select([]),
            shortcuts=("Escape",),
        ),
    ]


def nudge_commands(editor: VesicleEditor, views: OrthoView) -> list[Command]:
    """Arrow keys move the selection in the plane that has the keyboard."""

    def nudge(horizontal: float, vertical: float) -> None:
        view = views.active_slice()
        upward = 1.0 if view.row_zero_at_bottom else -1.0
        editor.move_by_px(view.plane.position(horizontal, vertical * upward, 0.0))

    return [
        Command(
            key=f"vesicle.nudge_{word}{suffix}",
            text=f"Move {word}{much}",
            run=partial(nudge, step * horizontal, step * vertical),
            menu="Vesicles/Shape",
            shortcuts=(prefix + arrow,),
            enabled=lambda: editor.can_edit_selection,
            in_views=True,
        )
        for arrow, horizontal, vertical, word in _ARROWS
        for prefix, step, suffix, much in _STEPS
    ]

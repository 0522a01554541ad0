"""Commands that choose the mouse's habits, and what sets the contrast without a mouse."""

from __future__ import annotations

from functools import partial

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.mouse_habits import MouseHabits
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.slicing import drag_levels

#: A press of a key changes brightness or contrast by this share of the range that is shown.
STEP = 0.08
_HINTS = {
    MouseHabits.CRYOVES: "Wheel: slices; Ctrl + wheel: zoom; left drag beside the vesicles: pan; right drag: contrast",
    MouseHabits.IMOD: "Wheel: zoom; Ctrl + wheel: slices; left drag: pan; F5 to F8: contrast and brightness",
    MouseHabits.NAPARI: "Wheel: zoom; Ctrl + wheel: slices; left drag: pan; right drag: zoom",
}
#: Key of the command, text, brightness, contrast, key; the keys are those of 3dmod.
_CONTRASTS = (
    ("look.contrast_less", "Less contrast", 0.0, -STEP, "F5"),
    ("look.contrast_more", "More contrast", 0.0, STEP, "F6"),
    ("look.darker", "Darker", -STEP, 0.0, "F7"),
    ("look.brighter", "Brighter", STEP, 0.0, "F8"),
)


def mouse_commands(workspace: Workspace) -> list[Command]:
    """The three habits, one of which is in force, and four keys for the contrast."""
    return [*_habits(workspace), *_contrasts(workspace)]


def use_remembered_habits(workspace: Workspace) -> None:
    """Those that were chosen last."""
    workspace.state.change(mouse=MouseHabits.named(workspace.preferences.now.mouse))


def _habits(workspace: Workspace) -> list[Command]:
    def use(habits: MouseHabits) -> None:
        workspace.preferences.change(mouse=str(habits))
        workspace.state.change(mouse=habits)

    def is_used(habits: MouseHabits) -> bool:
        return workspace.state.settings.mouse is habits

    return [
        Command(
            key=f"mouse.{habits}",
            text=f"Mouse as in {habits.way.name}",
            run=partial(use, habits),
            menu="View/Mouse",
            checked=partial(is_used, habits),
            hint=_HINTS[habits],
        )
        for habits in MouseHabits
    ]


def _contrasts(workspace: Workspace) -> list[Command]:
    def change(brightness: float, contrast: float) -> None:
        levels = drag_levels(workspace.state.settings.levels, brightness, contrast)
        workspace.state.change(levels=levels)

    return [
        Command(
            key=key,
            text=text,
            run=partial(change, brightness, contrast),
            menu="View/Contrast",
            shortcuts=(shortcut,),
            enabled=lambda: workspace.document.volume is not None,
        )
        for key, text, brightness, contrast, shortcut in _CONTRASTS
    ]

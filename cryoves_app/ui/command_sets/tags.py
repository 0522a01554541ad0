"""Commands that put tags on vesicles; the user names them."""

from __future__ import annotations

from functools import partial

from cryoves_app.ui.base.commands import Command, CommandRegistry
from cryoves_app.ui.base.tag_names import COUNT, TagNames
from cryoves_app.ui.dialogs.tags import TagDialog
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.project.workspace import Workspace


def tag_commands(editor: VesicleEditor, tags: TagNames, workspace: Workspace) -> list[Command]:
    """One for each number key, and the dialog that names them."""

    def toggle(place: int) -> None:
        editor.toggle_tag(tags.names[place])

    keys = [
        Command(
            key=_key(n),
            text=_text(name),
            run=partial(toggle, n),
            menu="Vesicles/Tags",
            shortcuts=(str(n + 1),),
            enabled=lambda: editor.can_edit_selection,
            hint="Puts this tag on the selected vesicles, or takes it off",
        )
        for n, name in enumerate(tags.names)
    ]
    naming = Command(
        key="vesicle.name_tags",
        text="Name the tags…",
        run=lambda: TagDialog(tags, workspace.window).open(),
        menu="Vesicles/Tags",
        icon="tag-outline",
        separated=True,
        hint="Your own names for the number keys, such as docked or tethered",
    )
    return [*keys, naming]


def show_tag_names(registry: CommandRegistry, tags: TagNames) -> None:
    """Bring menus and key page up to date."""
    for place in range(COUNT):
        registry.rename(_key(place), _text(tags.names[place]))


def _key(place: int) -> str:
    return f"vesicle.tag{place + 1}"


def _text(name: str) -> str:
    return f"Tag “{name}”"

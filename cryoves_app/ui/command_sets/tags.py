"""Commands that put tags on vesicles; the user names them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from cryoves_app.ui.base.commands import Command, CommandRegistry
from cryoves_app.ui.base.tag_names import COUNT, TagNames
from cryoves_app.ui.dialogs.tags import TagDialog
from cryoves_app.ui.project.editor import VesicleEditor


def tag_commands(
    editor: VesicleEditor, tags: TagNames, parent: Callable[[], QWidget | None]
) -> list[Command]:
    """One for each number key, and the dialog that names them."""

    def toggle(place: int) -> Callable[[], None]:
        def run() -> None:
            editor.toggle_tag(tags.names[place])

        return run

    def enabled() -> bool:
        return editor.can_edit_selection

    def ask() -> None:
        TagDialog(tags, parent()).open()

    return [
        *(
            Command(
                _key(n),
                _text(name),
                toggle(n),
                "Vesicles/Tags",
                "",
                (str(n + 1),),
                enabled,
                hint="Puts this tag on the selected vesicles, or takes it off",
            )
            for n, name in enumerate(tags.names)
        ),
        Command(
            "vesicle.name_tags",
            "Name the tags…",
            ask,
            "Vesicles/Tags",
            "tag-outline",
            (),
            separated=True,
            hint="Your own names for the number keys, such as docked or tethered",
        ),
    ]


def show_tag_names(registry: CommandRegistry, tags: TagNames) -> None:
    """Bring menus and key page up to date."""
    for place in range(COUNT):
        registry.rename(_key(place), _text(tags.names[place]))


def _key(place: int) -> str:
    return f"vesicle.tag{place + 1}"


def _text(name: str) -> str:
    return f"Tag “{name}”"

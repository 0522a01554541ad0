"""The page of keys, made from the command registry, and what the mouse does."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from cryoves_app.ui.base.commands import CommandRegistry, shortcut_text
from cryoves_app.ui.base.mouse_habits import MouseHabits

#: Keys or a movement of the mouse, and what they do.
ShortcutRows = Sequence[tuple[str, str]]
IN_3D: ShortcutRows = (
    ("Drag, wheel", "Turn, zoom"),
    ("Shift + drag", "Shift the scene"),
    ("Click", "Select a vesicle; Shift or Ctrl adds it or takes it away"),
    ("Double click", "Fly to a vesicle"),
    ("Reshape: drag a vesicle", "Move it along the plane of the screen"),
    ("Reshape: wheel", "Over the selected vesicle: resize"),
    ("Lasso: drag", "Select what lies inside the line, at any depth; Ctrl: a box; Shift adds"),
)

IN_OBLIQUE: ShortcutRows = (
    ("Click", "Select a vesicle (Shift or Ctrl adds it or takes it away), or move the crosshair"),
    ("Drag", "Turn the plane about the crosshair; with Shift in its own plane"),
    ("Arrow keys", "Turn it by 1°, with Shift by 10°; comma and full stop in its own plane"),
    ("Wheel, PgUp, PgDown", "Along its normal"),
)
WHILE_COMPARED: ShortcutRows = (
    ("Drag the divider", "More of one volume, less of the other"),
    ("Right drag", "Contrast of the volume on whose side it begins"),
)


def shortcut_page(
    registry: CommandRegistry, tools: ShortcutRows, habits: MouseHabits = MouseHabits.CRYOVES
) -> str:
    """All keys by menu, and the mouse, as HTML; ``tools`` are the gestures of the tools in the slices."""
    groups: dict[str, ShortcutRows] = {
        **_keys(registry),
        "Mouse in the slices": habits.way.gestures,
        "Tools in the slices": tools,
        "Mouse in 3D": IN_3D,
        "The oblique slice": IN_OBLIQUE,
        "Two volumes compared": WHILE_COMPARED,
    }
    return "".join(f"<h3>{escape(name)}</h3><table>{_html(rows)}</table>" for name, rows in groups.items())


def _keys(registry: CommandRegistry) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for command in registry:
        if command.shortcuts:
            group = command.menu.split("/")[0] or "Tools"
            groups.setdefault(group, []).append((shortcut_text(command), command.plain_text))
    return groups


def _html(rows: ShortcutRows) -> str:
    cell = "<tr><td width='170'><b>{}</b></td><td>{}</td></tr>"
    return "".join(cell.format(escape(keys), escape(text)) for keys, text in rows)


class ShortcutDialog(QDialog):
    """Shows the page."""

    def __init__(
        self,
        registry: CommandRegistry,
        tools: ShortcutRows,
        habits: MouseHabits,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self.resize(560, 640)
        page = QTextBrowser()
        page.setHtml(shortcut_page(registry, tools, habits))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(page)
        box.addWidget(buttons)

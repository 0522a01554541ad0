"""The page of keys, made from the command registry."""

from __future__ import annotations

from html import escape

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from cryoves_app.ui.base.commands import CommandRegistry, shortcut_text

MOUSE = {
    "Mouse in the slices": (
        ("Wheel", "Next or previous slice"),
        ("Ctrl + wheel", "Zoom"),
        ("Middle drag", "Pan"),
        ("Right drag", "Contrast (sideways: brightness, up and down: contrast)"),
        ("Double click", "Centre all views"),
        ("Space, held", "Hide everything drawn over the image"),
    ),
    "Tools in the slices": (
        ("Select: click", "Select a vesicle; Shift or Ctrl adds it or takes it away"),
        ("Add: click", "Fit a vesicle there; Shift: the usual radius, not fitted"),
        ("Add: drag", "From the centre to the rim; the centre is fitted. Shift: as drawn"),
        ("Rim: clicks", "Three or more points on the membrane, in any of the slices"),
        ("Rim: Enter, double click", "Add the fitted vesicle; with Shift the sphere through the points"),
        ("Rim: Backspace, Esc", "Take back the last point, or all of them"),
        ("Reshape: drag", "The inside moves a vesicle, its rim resizes it"),
        ("Reshape: wheel", "Over the selected vesicle: resize by half a voxel (Shift: a twentieth)"),
        ("Lasso: drag", "Select what this slice cuts inside the line; Shift adds"),
    ),
    "Mouse in 3D": (
        ("Drag, wheel", "Turn, zoom"),
        ("Shift + drag", "Shift the scene"),
        ("Click", "Select a vesicle; Shift or Ctrl adds it or takes it away"),
        ("Double click", "Fly to a vesicle"),
        ("Reshape: drag a vesicle", "Move it along the plane of the screen"),
        ("Reshape: wheel", "Over the selected vesicle: resize"),
        ("Lasso: drag", "Select what lies inside the line, at any depth; Ctrl: a box; Shift adds"),
    ),
}


def shortcut_page(registry: CommandRegistry) -> str:
    """All keys as HTML, by menu."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for command in registry:
        if command.shortcuts:
            group = command.menu.split("/")[0] or "Tools"
            groups.setdefault(group, []).append((shortcut_text(command), command.plain_text))
    groups.update({name: list(rows) for name, rows in MOUSE.items()})
    return "".join(f"<h3>{escape(name)}</h3><table>{_rows(rows)}</table>" for name, rows in groups.items())


def _rows(rows: list[tuple[str, str]]) -> str:
    cell = "<tr><td width='170'><b>{}</b></td><td>{}</td></tr>"
    return "".join(cell.format(escape(keys), escape(text)) for keys, text in rows)


class ShortcutDialog(QDialog):
    """Shows the page."""

    def __init__(self, registry: CommandRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self.resize(560, 640)
        page = QTextBrowser()
        page.setHtml(shortcut_page(registry))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(page)
        box.addWidget(buttons)

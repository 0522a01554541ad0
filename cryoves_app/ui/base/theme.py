"""Colours and looks: Okabe–Ito hues on a neutral dark theme, and a light one."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QStyleFactory
from qtawesome import iconic_font
from shiboken6 import isValid

from cryoves_app.domain import colours
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path

#: Okabe–Ito: told apart with every common kind of colour blindness.
SKY_BLUE, ORANGE, VERMILLION = colours.SKY_BLUE, colours.ORANGE, colours.VERMILLION
GREEN, PURPLE = colours.GREEN, colours.PURPLE
YELLOW = "#F0E442"

SELECTED = YELLOW
#: Of another result that is drawn for comparison; like no other colour over a grey image.
COMPARED = "#FF5CD6"

#: Images are judged on dark ground, so the views keep it in both themes.
VIEW_GROUND = "#101214"
VIEW_TEXT = "#E6E6E6"


@dataclass(frozen=True)
class Shades:
    """The greys of one theme."""

    window: str
    base: str
    alternate: str
    raised: str
    border: str
    card: str
    text: str
    faint_text: str
    accent: str
    accent_text: str


THEMES: dict[str, Shades] = {
    "dark": Shades(
        "#26292d",
        "#1c1f22",
        "#222529",
        "#33373c",
        "#4a5057",
        "#2c3035",
        "#e8eaec",
        "#a3a9b0",
        "#3d8fc4",
        "#ffffff",
    ),
    "light": Shades(
        "#f1f2f4",
        "#ffffff",
        "#f6f7f8",
        "#ffffff",
        "#c5cad0",
        "#f8f9fa",
        "#1b1e21",
        "#5d646b",
        "#1f6fa3",
        "#ffffff",
    ),
}

#: The Material symbols, as the library calls them and its files.
_SET, _FONT = "mdi6", "materialdesignicons6"
#: Sizes in which symbols are drawn, large enough for 200 % scaling.
ICON_SIZES = (16, 24, 32, 48, 64)

_current = "dark"
_with_icons: list[tuple[weakref.ref[HasIcon], str]] = []


def current_theme() -> str:
    return _current


def shades() -> Shades:
    """The greys of the theme in use."""
    return THEMES[_current]


def apply_theme(app: QApplication, name: str) -> None:
    """Give the whole program the named theme (``dark`` or ``light``)."""
    global _current
    _current = name if name in THEMES else "dark"
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(_palette(shades()))
    app.setStyleSheet(_style_sheet(shades()))
    _draw_icons_again()


def icon(name: str) -> QIcon:
    """A symbol of the Material set in the theme's text colour."""
    return _drawn_icon(name, shades().text, _disabled_colour())


def coloured_icon(name: str, colour: str) -> QIcon:
    return _drawn_icon(name, colour, _disabled_colour())


def _disabled_colour() -> str:
    """Between border and faint text: seen on a button that is as dark as the border, but not taken for enabled."""
    a, b = QColor(shades().border), QColor(shades().faint_text)
    return QColor((a.red() + b.red()) // 2, (a.green() + b.green()) // 2, (a.blue() + b.blue()) // 2).name()


class HasIcon(Protocol):
    """A button, an action, anything with a symbol."""

    def setIcon(self, icon: QIcon) -> None: ...


def give_icon(widget: HasIcon, name: str) -> None:
    """Give something a symbol that follows the theme."""
    widget.setIcon(icon(name))
    _with_icons.append((weakref.ref(widget), name))


def _draw_icons_again() -> None:
    """After the theme changed: draw the symbols of what still exists in the new colour."""
    for known, name in list(_with_icons):
        widget = known()
        if widget is None or not isValid(widget):
            _with_icons.remove((known, name))
        else:
            widget.setIcon(icon(name))


@cache
def _symbols() -> iconic_font.IconicFont:
    """The set that is used. All that come with the library are read for any symbol asked of the library itself."""
    folder = Path(iconic_font.__file__).with_name("fonts")
    (font,), (codes,) = folder.glob(f"{_FONT}-*.ttf"), folder.glob(f"{_FONT}-*.json")
    return iconic_font.IconicFont((_SET, font.name, codes.name))


@cache
def _drawn_icon(name: str, colour: str, disabled_colour: str) -> QIcon:
    """Drawn once in a few sizes: an icon that Python draws anew at every painting is slow, and not safe to copy."""
    drawn = QIcon()
    for shade, mode in ((colour, QIcon.Mode.Normal), (disabled_colour, QIcon.Mode.Disabled)):
        symbol = _symbols().icon(f"{_SET}.{name}", color=shade)
        for size in ICON_SIZES:
            drawn.addPixmap(symbol.pixmap(QSize(size, size)), mode)
    return drawn


def _palette(s: Shades) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in {
        roles.Window: s.window,
        roles.WindowText: s.text,
        roles.Base: s.base,
        roles.AlternateBase: s.alternate,
        roles.Text: s.text,
        roles.Button: s.raised,
        roles.ButtonText: s.text,
        roles.BrightText: VERMILLION,
        roles.Highlight: s.accent,
        roles.HighlightedText: s.accent_text,
        roles.ToolTipBase: s.raised,
        roles.ToolTipText: s.text,
        roles.PlaceholderText: s.faint_text,
        roles.Link: s.accent,
        roles.Light: s.raised,
        roles.Midlight: s.raised,
        roles.Mid: s.border,
        roles.Dark: s.border,
        roles.Shadow: "#000000",
    }.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.Text, roles.WindowText, roles.ButtonText, roles.HighlightedText):
        faint = QColor(s.faint_text)
        faint.setAlpha(140)
        palette.setColor(QPalette.ColorGroup.Disabled, role, faint)
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor(s.border))
    return palette


def _style_sheet(s: Shades) -> str:
    return f"""
    QToolTip {{ color: {s.text}; background: {s.raised}; border: 1px solid {s.border}; padding: 4px; }}
    QToolBar {{ border: none; border-bottom: 1px solid {s.border}; spacing: 1px; padding: 2px 6px; }}
    QToolBar QToolButton {{ padding: 4px; border-radius: 4px; }}
    QToolBar QToolButton:hover {{ background: {s.raised}; }}
    QToolBar QToolButton:checked {{ background: {s.accent}; }}
    QToolBar QToolButton:checked:disabled {{ background: transparent; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QStatusBar {{ border-top: 1px solid {s.border}; }}
    QStatusBar::item {{ border: none; }}
    QTabWidget::pane {{ border: none; border-top: 1px solid {s.border}; }}
    QTabBar::tab {{ padding: 6px 8px; border: none; border-bottom: 2px solid transparent; color: {s.faint_text}; }}
    QTabBar::tab:hover {{ color: {s.text}; }}
    QTabBar::tab:selected {{ color: {s.text}; border-bottom-color: {s.accent}; font-weight: 600; }}
    QDockWidget::title {{ padding: 5px 8px; background: {s.window}; }}
    QPushButton[primary="true"] {{ background: {s.accent}; color: {s.accent_text}; font-weight: 600;
        border: 1px solid {s.accent}; border-radius: 4px; padding: 6px 14px; }}
    QPushButton[primary="true"]:hover {{ border-color: {s.text}; }}
    QPushButton[primary="true"]:disabled {{ background: {s.raised}; color: {s.faint_text}; border-color: {s.border}; }}
    QPushButton[link="true"] {{ border: none; color: {s.accent}; text-align: left; padding: 2px 0; }}
    QPushButton[link="true"]:hover {{ text-decoration: underline; }}
    QLabel[warning="true"] {{ border: none; border-left: 4px solid {ORANGE}; padding: 2px 0 2px 8px;
        background: {s.raised}; }}
    QLabel[faint="true"] {{ color: {s.faint_text}; }}
    QLabel[heading="true"] {{ font-size: 13pt; font-weight: 600; }}
    QLabel[title="true"] {{ font-size: 20pt; font-weight: 600; }}
    QFrame[card="true"] {{ background: {s.card}; border: 1px solid {s.border}; border-radius: 6px; }}
    QFrame[hint="true"] {{ background: {s.raised}; border: none; border-left: 3px solid {SKY_BLUE}; }}
    QFrame[viewframe="true"] {{ background: {VIEW_GROUND}; border: 1px solid {s.border}; }}
    QTableView {{ gridline-color: {s.border}; selection-background-color: {s.accent}; }}
    QHeaderView::section {{ background: {s.window}; color: {s.text}; border: none;
        border-right: 1px solid {s.border}; border-bottom: 1px solid {s.border}; padding: 4px 6px; }}
    QProgressBar {{ border: 1px solid {s.border}; border-radius: 3px; background: {s.base};
        text-align: center; min-height: 16px; }}
    QProgressBar::chunk {{ background: {s.accent}; }}
    QScrollArea {{ border: none; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {s.faint_text}; border-radius: 3px;
        background: {s.base}; }}
    QCheckBox::indicator:checked {{ background: {s.accent}; border-color: {s.accent}; image: url("{_tick()}"); }}
    QCheckBox::indicator:disabled {{ border-color: {s.border}; }}
    """


def _tick() -> str:
    """The tick of checked boxes; where it is missing, they are only filled."""
    try:
        return resource_path("icons", "check.svg").as_posix()
    except CryoVesError:
        return ""


def mark_primary(button: QPushButton) -> None:
    """Make a push button the panel's one primary action."""
    button.setProperty("primary", True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)

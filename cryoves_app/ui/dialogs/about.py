"""Which program this is, under which licences, how to cite it, and where newer ones are."""

from __future__ import annotations

import platform
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, qVersion
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

import cryoves_app
from cryoves_app import __version__
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path

#: Installers carry the address where their maker publishes; see ``packaging/build.py``.
RELEASES = "releases.txt"


class AboutDialog(QMessageBox):
    """The program never looks for news by itself: the link is opened by whoever clicks it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About CryoVes")
        if parent is not None:
            self.setIconPixmap(parent.windowIcon().pixmap(64, 64))
        self.setText(f"<b>CryoVes {__version__}</b>")
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.setInformativeText("<br><br>".join([_PURPOSE, _licence_sentence(), update_hint()]))
        self.setStandardButtons(QMessageBox.StandardButton.Close)
        if (folder := licence_folder()).is_dir():
            self.licences = self.addButton("Licences", QMessageBox.ButtonRole.HelpRole)
            self.licences.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))


_PURPOSE = (
    "Finds synaptic vesicles in cryo-electron tomograms and fits each as an exact sphere. "
    "The method follows CryoVesNet; the page “How to cite” in the help (F1) names it and what it builds on."
)


def _licence_sentence() -> str:
    return (
        f"Licence: BSD-3-Clause. Runs on Python {platform.python_version()} and Qt {qVersion()} (LGPL 3, as separate "
        "libraries that you may replace)."
    )


def licence_folder() -> Path:
    """Texts of all licences; only the installed program has it, where no package manager keeps them."""
    return Path(cryoves_app.__file__).resolve().parent.parent / "licences"


def update_hint() -> str:
    """Where newer versions are, as far as this installation knows."""
    try:
        address = resource_path(RELEASES).read_text(encoding="utf-8").strip()
    except CryoVesError:
        return "Newer versions come from where you got this one; CryoVes does not look for them by itself."
    return f'<a href="{address}">Look for a newer version</a> (opens your browser; CryoVes never does by itself).'

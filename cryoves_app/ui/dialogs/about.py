"""Which program this is, and how to cite it."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from cryoves_app import __version__


class AboutDialog(QMessageBox):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About CryoVes")
        if parent is not None:
            self.setIconPixmap(parent.windowIcon().pixmap(64, 64))
        self.setText(f"<b>CryoVes {__version__}</b>")
        self.setInformativeText(
            "Finds synaptic vesicles in cryo-electron tomograms and fits each as an exact sphere.<br><br>"
            "The method follows CryoVesNet. The page “How to cite” in the help (F1) names it and what it builds on."
        )

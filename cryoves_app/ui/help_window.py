"""Help, offline: pages written in Markdown, shown beside the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QTextBrowser, QToolButton, QVBoxLayout, QWidget

from cryoves_app.domain.resources import resource_path
from cryoves_app.ui import theme

#: Pages in their order: file and title.
PAGES = (
    ("tour.md", "Five-minute tour"), ("regions.md", "Regions"), ("method.md", "How it works"),
    ("formats.md", "Files and formats"), ("faq.md", "Questions and answers"),
    ("glossary.md", "Words"), ("cite.md", "How to cite"),
)


class HelpWindow(QWidget):
    """A list of pages, and the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlag(self.windowFlags().Window)
        self.setWindowTitle("CryoVes help")
        self.resize(1040, 760)
        self.folder: Path = resource_path("help")
        self.list = QListWidget()
        self.list.addItems([title for _, title in PAGES])
        self.list.setMaximumWidth(200)
        self.page = QTextBrowser()
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._follow)
        self.page.setSearchPaths([str(self.folder)])
        self.page.document().setDocumentMargin(24)
        self.list.currentRowChanged.connect(self._show_row)
        column = QVBoxLayout()
        column.addWidget(self.list)
        back = QToolButton()
        theme.dress(back, "arrow-left")
        back.setToolTip("Back to the tour")
        back.clicked.connect(lambda: self.open_page(PAGES[0][0]))
        column.addWidget(back)
        line = QHBoxLayout(self)
        line.addLayout(column)
        line.addWidget(self.page, 1)
        self.list.setCurrentRow(0)

    def open_page(self, name: str) -> None:
        """Show a page by its file name."""
        names = [file for file, _ in PAGES]
        if name in names:
            self.list.setCurrentRow(names.index(name))

    def _show_row(self, row: int) -> None:
        text = (self.folder / PAGES[row][0]).read_text(encoding="utf-8")
        document = self.page.document()
        document.setBaseUrl(QUrl.fromLocalFile(f"{self.folder}/"))
        document.setDefaultStyleSheet("h1, h2 { margin-top: 18px; } p, li { line-height: 140%; }")
        document.setMarkdown(text)
        self.page.moveCursor(self.page.textCursor().MoveOperation.Start)

    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
        else:
            self.open_page(url.fileName())

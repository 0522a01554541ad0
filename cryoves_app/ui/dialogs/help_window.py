"""Help, offline: pages written in Markdown, shown beside the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QImage,
    QResizeEvent,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextImageFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QTextBrowser, QToolButton, QVBoxLayout, QWidget

from cryoves_app.domain.resources import resource_path
from cryoves_app.ui.base import theme

#: Pages in their order: file and title.
PAGES = (
    ("tour.md", "Five-minute tour"),
    ("regions.md", "Regions"),
    ("links.md", "Links"),
    ("many.md", "Many tomograms"),
    ("evaluate.md", "How good is it?"),
    ("method.md", "How it works"),
    ("formats.md", "Files and formats"),
    ("exchange.md", "Exchange with other programs"),
    ("training.md", "A network of your own"),
    ("faq.md", "Questions and answers"),
    ("coming.md", "If you come from …"),
    ("glossary.md", "Words"),
    ("cite.md", "How to cite"),
)


MARGIN = 24


class HelpPage(QTextBrowser):
    """A page whose pictures are never wider than the page."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(MARGIN)
        self._pictures: dict[str, QImage] = {}

    def show_text(self, text: str) -> None:
        """Show Markdown from its start."""
        self.document().setMarkdown(text)
        self._fit_pictures()
        self.moveCursor(self.textCursor().MoveOperation.Start)

    def _fit_pictures(self) -> None:
        room = self.viewport().width() - 2 * MARGIN - 8
        document = self.document()
        for index in range(document.blockCount()):
            pieces = document.findBlockByNumber(index).begin()
            while not pieces.atEnd():
                style = pieces.fragment().charFormat()
                if style.isImageFormat():
                    self._fit(pieces.fragment(), style.toImageFormat(), room)
                pieces += 1

    def _fit(self, fragment: QTextFragment, style: QTextImageFormat, room: int) -> None:
        url = self.document().baseUrl().resolved(QUrl(style.name()))
        picture = self._picture(url.toLocalFile())
        width = min(picture.width(), room)
        style.setWidth(width)
        self.document().addResource(
            QTextDocument.ResourceType.ImageResource, url, self._scaled(picture, width)
        )
        cursor = QTextCursor(self.document())
        cursor.setPosition(fragment.position())
        cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(style)

    def _picture(self, file: str) -> QImage:
        if file not in self._pictures:
            self._pictures[file] = QImage(file)
        return self._pictures[file]

    def _scaled(self, picture: QImage, width: int) -> QImage:
        """As many pixels as the screen shows of it: the page itself would leave out pixels, and tear letters."""
        pixels = round(width * self.devicePixelRatioF())
        if pixels >= picture.width():
            return picture
        return picture.scaledToWidth(pixels, Qt.TransformationMode.SmoothTransformation)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_pictures()


class HelpWindow(QWidget):
    """A list of pages, and the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlag(self.windowFlags().Window)
        self.setWindowTitle("CryoVes help")
        self.resize(1040, 700)
        self.folder: Path = resource_path("help")
        self.list = QListWidget()
        self.list.addItems([title for _, title in PAGES])
        self.list.setMaximumWidth(200)
        self.page = HelpPage()
        self.page.anchorClicked.connect(self._follow)
        self.page.setSearchPaths([str(self.folder)])
        self.list.currentRowChanged.connect(self._show_row)
        column = QVBoxLayout()
        column.addWidget(self.list)
        back = QToolButton()
        theme.give_icon(back, "arrow-left")
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
        self.page.show_text(text)

    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
        else:
            self.open_page(url.fileName())

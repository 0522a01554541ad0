"""Icons of the sizes and formats that installers want, drawn from ``resources/icons/cryoves.svg``.

``python packaging/icons.py FOLDER`` writes cryoves.png, cryoves.ico and cryoves.icns there.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).resolve().parent.parent / "resources" / "icons" / "cryoves.svg"
WINDOWS_SIZES = [(n, n) for n in (16, 24, 32, 48, 64, 128, 256)]


def write_icons(folder: Path) -> None:
    """Draw all formats into a folder."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QGuiApplication.instance() or QGuiApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    large = Image.open(io.BytesIO(_drawn(1024)))
    large.resize((256, 256), Image.Resampling.LANCZOS).save(folder / "cryoves.png")
    large.save(folder / "cryoves.ico", sizes=WINDOWS_SIZES)
    large.save(folder / "cryoves.icns")
    del application


def _drawn(size: int) -> bytes:
    """The drawing as PNG."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(content.data())


if __name__ == "__main__":
    write_icons(Path(sys.argv[1]))

"""Pictures as the bytes of a file, which the program's own way of writing then puts into its place, or as pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter

from cryoves_app.ui.base import theme


def as_png(image: QImage) -> bytes:
    """The content of a PNG file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(content.data())


def rgb_pixels(image: QImage) -> NDArray[np.uint8]:
    """Rows and columns of red, green and blue; both lengths even, as movies want them."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width = plain.height(), plain.width()
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(height, plain.bytesPerLine())
    pixels = rows[:, : 3 * width].reshape(height, width, 3)
    return pixels[: height // 2 * 2, : width // 2 * 2].copy()


def centred(image: QImage, size: QSize) -> QImage:
    """An image as large as it fits into a picture of a size, on the views' dark ground."""
    fitted = image.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    picture = QImage(size, QImage.Format.Format_RGB32)
    picture.fill(QColor(theme.VIEW_GROUND))
    painter = QPainter(picture)
    painter.drawImage((size.width() - fitted.width()) // 2, (size.height() - fitted.height()) // 2, fitted)
    painter.end()
    return picture

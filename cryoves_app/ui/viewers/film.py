"""Pictures that only the window's thread can make, handed to the thread that writes them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from queue import Empty, Queue

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QImage

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.ui.base.picture import centred, rgb_pixels

log = logging.getLogger(__name__)

#: Makes the picture of a number.
MakePicture = Callable[[int], QImage]
#: So many pictures wait to be written, at most.
_WAITING = 3
_PAUSE_MS = 5
_LOOK_AGAIN_SECONDS = 0.1


class Film(QObject):
    """``frames`` is for the writing thread; all others are called in the window's."""

    def __init__(self, count: int, make: MakePicture, parent: QObject) -> None:
        super().__init__(parent)
        self._count, self._make, self._made = count, make, 0
        self._size: QSize | None = None
        self._is_broken = False
        self._ready: Queue[NDArray[np.uint8] | Exception] = Queue(_WAITING)
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._make_one)

    def start(self) -> None:
        """Make one picture in each turn of the event loop, so that the window stays alive."""
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self.deleteLater()

    def _make_one(self) -> None:
        if self._made == self._count:
            self._timer.stop()
        elif not self._ready.full():
            self._ready.put(self._next())
            self._made += 1

    def _next(self) -> NDArray[np.uint8] | Exception:
        """A picture, or why there is none: told where the pictures are written."""
        if self._is_broken:
            self._timer.stop()
            return CryoVesError(
                "Another tomogram was opened before the movie was complete, so nothing was saved."
            )
        try:
            return self._pixels(self._make(self._made))
        except Exception as error:
            log.exception("A picture of a movie could not be made.")
            self._timer.stop()
            return error

    def _pixels(self, image: QImage) -> NDArray[np.uint8]:
        """All pictures have the size of the first, also where the window was given another meanwhile."""
        self._size = self._size or image.size()
        return rgb_pixels(image if image.size() == self._size else centred(image, self._size))

    def fail(self) -> None:
        """What is filmed is gone."""
        self._is_broken = self._made < self._count

    def frames(self, progress: Progress) -> Iterator[NDArray[np.uint8]]:
        """All pictures in turn, as they are made.

        Raises
        ------
        Cancelled
            If the user asked to stop.
        """
        for number in range(self._count):
            progress.report(number / self._count, f"picture {number + 1} of {self._count}")
            yield self._wait(progress)

    def _wait(self, progress: Progress) -> NDArray[np.uint8]:
        while True:
            progress.check()
            try:
                made = self._ready.get(timeout=_LOOK_AGAIN_SECONDS)
            except Empty:
                continue
            if isinstance(made, Exception):
                raise made
            return made

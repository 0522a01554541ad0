"""Movies: MP4 where the installation can write it, single PNG pictures always.

OpenCV writes MPEG-4 with its own FFmpeg, whose licence (LGPL) suits the installers; the libraries that offer H.264
bring encoders under the GPL.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import exists
from cryoves_app.storage.replacing import FolderKind, replacing, replacing_folder

#: (y, x, 3): red, green and blue; both lengths even.
MovieFrame = NDArray[np.uint8]
MP4 = ".mp4"
#: Single pictures; an empty folder is the only one that they may take.
_PICTURES = FolderKind("an empty folder", (), ())


def can_write_mp4() -> bool:
    """Whether the library for MP4 is part of this installation."""
    return importlib.util.find_spec("cv2") is not None


def write_movie(frames: Iterable[MovieFrame], path: Path, frames_per_second: float = 15.0) -> int:
    """Write an ``.mp4`` file, or a folder of numbered PNG pictures under any other name; the number of frames.

    Parameters
    ----------
    frames : arrays (y, x, 3)
        Pictures in red, green and blue, 0 to 255, of one size, both lengths even pixels; taken one at a time.

    Raises
    ------
    CryoVesError
        If there are no frames, MP4 cannot be written here, or the file cannot.
    """
    if path.suffix.lower() != MP4:
        return _write_pictures(frames, path)
    if not can_write_mp4():
        raise CryoVesError(
            "MP4 needs OpenCV, which is not part of this installation; install it with: "
            "pip install opencv-python-headless, or give a folder for single pictures."
        )
    return _write_mp4(frames, path, frames_per_second)


def _write_pictures(frames: Iterable[MovieFrame], folder: Path) -> int:
    if exists(folder):
        raise CryoVesError(f"{folder} exists already; give the pictures a folder of their own.")
    count = 0
    with replacing_folder(folder, _PICTURES) as temporary:
        for count, frame in enumerate(frames, start=1):
            Image.fromarray(frame).save(temporary / f"{folder.name}_{count:04d}.png")
        _refuse_empty(count)
    return count


def _write_mp4(frames: Iterable[MovieFrame], path: Path, frames_per_second: float) -> int:
    count = 0
    with replacing(path) as temporary:
        with closing(_Mp4(temporary, frames_per_second)) as movie:
            for frame in frames:
                movie.add(frame)
                count += 1
            _refuse_empty(count)
        _read_back(temporary, count)
    return count


def _read_back(path: Path, count: int) -> None:
    """OpenCV is silent about what it could not write."""
    cv2 = _quiet_opencv()
    written = int(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT))
    if written != count:
        raise OSError(f"it holds {max(written, 0)} of {count} pictures")


def _quiet_opencv() -> Any:
    """OpenCV, which writes of its failures on standard error, though not to whoever called it."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


class _Mp4:
    """A file that is opened with the size of its first picture."""

    def __init__(self, path: Path, frames_per_second: float) -> None:
        self._path, self._rate = path, frames_per_second
        self._writer: Any = None

    def add(self, frame: MovieFrame) -> None:
        if self._writer is None:
            self._writer = self._opened(frame.shape[1], frame.shape[0])
        self._writer.write(np.ascontiguousarray(frame[..., ::-1]))  # OpenCV wants blue first

    def _opened(self, columns: int, rows: int) -> Any:
        cv2 = _quiet_opencv()
        writer = cv2.VideoWriter(
            str(self._path), cv2.VideoWriter.fourcc(*"mp4v"), self._rate, (columns, rows)
        )
        if not writer.isOpened():
            raise OSError("the movie could not be begun")
        return writer

    def close(self) -> None:
        if self._writer is not None:
            self._writer.release()


def _refuse_empty(count: int) -> None:
    if not count:
        raise CryoVesError("A movie without pictures was asked for; nothing was written.")

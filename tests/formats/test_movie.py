from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.formats import movie
from cryoves_app.formats.movie import write_movie


def _frames(count: int) -> Iterator[NDArray[np.uint8]]:
    for number in range(count):
        frame = np.zeros((48, 64, 3), np.uint8)
        frame[..., 0] = 20 * number  # red
        yield frame


def test_an_mp4_has_all_pictures_in_their_colours(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    assert write_movie(_frames(10), tmp_path / "a.mp4", 10.0) == 10
    read = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    shown = []
    while True:
        there, frame = read.read()
        if not there:
            break
        shown.append(frame.mean(axis=(0, 1)))
    blue, green, red = np.array(shown).T
    assert np.allclose(red, 20 * np.arange(10), atol=6)
    assert max(blue.max(), green.max()) < 12
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_any_other_name_is_a_folder_of_exact_pictures(tmp_path: Path) -> None:
    assert write_movie(_frames(3), tmp_path / "sweep") == 3
    files = sorted((tmp_path / "sweep").iterdir())
    assert [f.name for f in files] == ["sweep_0001.png", "sweep_0002.png", "sweep_0003.png"]
    with Image.open(files[2]) as picture:
        assert picture.getpixel((5, 5)) == (40, 0, 0)


def test_a_folder_that_exists_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(CryoVesError, match="exists already"):
        write_movie(_frames(3), tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("name", ["a.mp4", "folder"])
def test_a_cancel_leaves_nothing(tmp_path: Path, name: str) -> None:
    if name == "a.mp4":
        pytest.importorskip("cv2")

    def stopped() -> Iterator[NDArray[np.uint8]]:
        yield from _frames(2)
        raise Cancelled

    with pytest.raises(Cancelled):
        write_movie(stopped(), tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.mp4", "folder"])
def test_no_pictures_are_no_movie(tmp_path: Path, name: str) -> None:
    if name == "a.mp4":
        pytest.importorskip("cv2")
    with pytest.raises(CryoVesError, match="without pictures"):
        write_movie(iter(()), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_without_the_library_single_pictures_are_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movie, "can_write_mp4", lambda: False)
    with pytest.raises(CryoVesError, match="give a folder"):
        write_movie(_frames(3), tmp_path / "a.mp4")

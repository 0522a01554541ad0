"""Files that other programs change while they are open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from tests.small_disk import small_disk

from .helpers import PATIENCE_MS, give_vesicles, open_file


def as_ome_tiff(sample: Path, path: Path) -> None:
    size = {f"PhysicalSize{axis}": 2.2 for axis in "XYZ"} | {
        f"PhysicalSize{axis}Unit": "nm" for axis in "XYZ"
    }
    with mrcfile.mmap(sample) as stored:
        tifffile.imwrite(path, np.array(stored.data), metadata={"axes": "ZYX", **size})


@pytest.mark.parametrize(("name", "write"), [("mine.mrc", shutil.copyfile), ("mine.ome.tif", as_ome_tiff)])
def test_a_tomogram_that_is_cut_short_leaves_the_window_alive_and_the_edits_whole(
    window: MainWindow,
    qtbot: Any,
    sample: Path,
    tmp_path: Path,
    name: str,
    write: Callable[[Path, Path], object],
) -> None:
    path = tmp_path / name
    write(sample, path)
    open_file(window, qtbot, path)
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    vesicles = give_vesicles(window, qtbot)
    os.truncate(path, 1024 + 100_000)  # as IMOD does when it writes a file anew
    document = window.workspace.document
    volume = document.volume
    assert volume is not None
    depth, height, width = volume.shape
    for at in ((depth - 1, 3, 3), (depth - 2, height - 1, 5), (1, 2, width - 1)):
        document.move_cursor(at)
        qtbot.waitUntil(lambda: window.parts.views.idle, timeout=PATIENCE_MS)
    document.fly_to(vesicles[0].id)
    qtbot.waitUntil(lambda: window.parts.views.idle, timeout=PATIENCE_MS)
    assert window.notices.sentences() == [
        f"{path} has become shorter since it was opened: another program cut it short or is writing it anew. "
        "Open it again when that is done."
    ]
    session = window.parts.projects.session
    assert session is not None
    assert [v.id for v in session.project.vesicles] == [v.id for v in vesicles]


def test_a_full_disk_is_a_sentence_and_the_work_is_saved_when_there_is_room_again(
    window: MainWindow, qtbot: Any, sample: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "full", megabytes=4) as disk:
        path = disk / "mine.mrc"
        path.symlink_to(sample)
        open_file(window, qtbot, path)
        qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=5000)
        vesicles = give_vesicles(window, qtbot)
        with (disk / "others").open("wb", buffering=0) as stream, suppress(OSError):
            while stream.write(bytes(1 << 16)):
                pass
        home, projects = disk / "mine.cryoves", window.parts.projects
        assert not projects.save(home)
        assert window.notices.sentences() == [f"{home} could not be written: the disk is full."]
        assert not home.exists()
        assert projects.has_unsaved_work
        assert tuple(window.workspace.document.vesicles) == tuple(vesicles)
        (disk / "others").unlink()
        assert projects.save(home)
        assert projects.saved_text == "all edits saved"
        assert sorted(p.name for p in disk.iterdir()) == ["mine.cryoves", "mine.mrc"]
        assert [v.id for v in read_project(home).vesicles] == [v.id for v in vesicles]
        projects.close()


def test_a_tomogram_that_is_cut_short_is_not_opened(
    window: MainWindow, qtbot: Any, sample: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.mrc"
    path.write_bytes(sample.read_bytes()[:100_000])
    with qtbot.waitSignal(window.parts.opener.failed, timeout=10_000):
        window.parts.opener.open([path])
    (sentence,) = window.notices.sentences()
    assert sentence == (f"{path} is cut short: {sample.stat().st_size} bytes expected, 100000 found.")
    assert window.workspace.document.volume is None


def test_a_fault_of_the_header_leads_to_the_field_for_the_voxel_size(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    path = tmp_path / "flat.mrc"
    values = np.random.default_rng(0).normal(size=(60, 120, 120)).astype(np.float32)
    write_map(path, values, VolumeInfo((60, 120, 120), values.dtype, 2.2))
    raw = bytearray(path.read_bytes())
    raw[48:52] = np.float32(22.0).tobytes()  # the length in z is that of one slice
    path.write_bytes(raw)
    open_file(window, qtbot, path)
    view = window.parts.open_panel.view
    assert window.parts.steps.current == "Open"
    assert "flat.mrc has voxels that are not cubes (22 × 22 × 0.3667 Å in x, y, z)" in view.doubt.text()
    assert view.suggestion.text() == "That of x and y: 22 Å"
    qtbot.mouseClick(view.suggestion, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.use_button, Qt.MouseButton.LeftButton)
    assert window.workspace.document.voxel_size_nm == 2.2
    assert not view.doubt.isVisible()
    view.voxel_size.setValue(2.2)  # nm in the field for ångström
    qtbot.mouseClick(view.use_button, Qt.MouseButton.LeftButton)
    assert "10 times smaller than the file's 22 Å: was it given in nm" in view.doubt.text()
    assert Plane.XY in window.parts.views.slices

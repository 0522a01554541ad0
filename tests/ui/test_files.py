"""Several tomograms at once."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.shell.main_window import MainWindow


@pytest.fixture
def pieces(sample: Path, tmp_path: Path) -> list[Path]:
    """Two small tomograms and a file that is none."""
    whole = open_volume(sample)
    paths = [tmp_path / f"piece{n}.mrc" for n in (1, 2)]
    for n, path in enumerate(paths):
        piece = np.asarray(
            whole.data[16:80, 64 : 64 + 96, 64 * (n + 1) : 64 * (n + 1) + 96], dtype=np.float32
        )
        write_map(path, piece, whole.info)
    broken = tmp_path / "broken.mrc"
    broken.write_text("nothing")
    return [paths[0], broken, paths[1]]


def test_segment_all_goes_on_after_a_bad_file_and_sums_up(
    window: MainWindow, qtbot: Any, pieces: list[Path], tmp_path: Path
) -> None:
    files = window.parts.files
    with qtbot.waitSignal(window.parts.opener.opened, timeout=10_000):
        window.parts.opener.open(pieces)
    assert files.view.isVisible()
    assert files.view.list.topLevelItemCount() == 3
    qtbot.mouseClick(files.view.run_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not files.busy and files.view.next.isEnabled(), timeout=120_000)
    assert [p.with_suffix(".cryoves").exists() for p in pieces] == [True, False, True]
    assert "vesicles" in files.entries[0].state
    assert "broken.mrc" in files.entries[1].state
    files.write_summary(tmp_path / "summary.csv")
    with (tmp_path / "summary.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [bool(r["vesicles"]) for r in rows] == [True, False, True]
    assert 10 < float(rows[0]["median_radius_nm"]) < 30

    with qtbot.waitSignal(window.parts.opener.opened, timeout=10_000):
        qtbot.mouseClick(files.view.next, Qt.MouseButton.LeftButton)
    assert window.parts.projects.session is not None
    assert window.parts.projects.session.home == pieces[0].with_suffix(".cryoves")

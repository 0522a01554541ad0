"""Several tomograms at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.batch.summary import read_summary
from cryoves_app.workflow.batch.tomogram_list import Phase
from cryoves_app.workflow.segment.outcome import RunEnded, RunStatus

from .helpers import PATIENCE_MS


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
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open(pieces)
    assert files.view.isVisible()
    assert files.view.list.topLevelItemCount() == 3
    qtbot.mouseClick(files.view.run_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not files.list.busy and files.view.next.isEnabled(), timeout=PATIENCE_MS)
    assert [p.with_suffix(".cryoves").exists() for p in pieces] == [True, False, True]
    first, broken, _ = files.list.entries
    assert (first.phase, broken.phase) == (Phase.SAVED, Phase.FAILED)
    assert "broken.mrc" in broken.failure
    files.write_summary(tmp_path / "summary.csv")
    rows = read_summary(tmp_path / "summary.csv")
    assert [r["state"] for r in rows] == ["done", "failed", "done"]
    assert [bool(r["vesicles"]) for r in rows] == [True, False, True]
    assert 10 < float(rows[0]["median_radius_nm"]) < 30
    assert float(rows[0]["wall_s"]) > 0
    assert int(rows[0]["accepted"]) + int(rows[0]["outlier"]) == int(rows[0]["vesicles"])

    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(files.view.next, Qt.MouseButton.LeftButton)
    assert window.parts.projects.session is not None
    assert window.parts.projects.session.home == pieces[0].with_suffix(".cryoves")


def test_without_the_chosen_card_segment_all_fails_and_writes_no_project(
    window: MainWindow, qtbot: Any, pieces: list[Path]
) -> None:
    files, device = window.parts.files, window.parts.segment.view.device
    device.addItem("The hundredth card", "gpu:99")
    device.setCurrentIndex(device.count() - 1)
    good = [pieces[0], pieces[2]]
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open(good)
    outcomes: list[RunEnded] = []
    window.parts.run.ended.connect(outcomes.append)
    qtbot.mouseClick(files.view.run_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(outcomes) == 2 and not files.list.busy, timeout=PATIENCE_MS)
    assert [o.status for o in outcomes] == [RunStatus.FAILED] * 2
    assert [e.phase for e in files.list.entries] == [Phase.FAILED] * 2
    assert "graphics card" in files.list.entries[0].failure
    assert not [p for p in good if p.with_suffix(".cryoves").exists()]
    assert "0 of 2 tomograms segmented" in " ".join(window.notices.sentences())


def test_opening_another_tomogram_ends_the_list_and_takes_nothing_away(
    window: MainWindow, qtbot: Any, pieces: list[Path], sample: Path
) -> None:
    files = window.parts.files
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([pieces[0], pieces[2]])
    with qtbot.waitSignal(window.parts.run.started, timeout=PATIENCE_MS):
        qtbot.mouseClick(files.view.run_all, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.parts.run.ended, timeout=PATIENCE_MS):
        window.parts.opener.open([sample])
    assert not files.list.busy
    assert [e.phase for e in files.list.entries] == [Phase.FAILED, Phase.WAITING]
    volume = window.workspace.document.volume
    assert volume is not None
    assert volume.info.path == str(sample)
    assert not pieces[0].with_suffix(".cryoves").exists()

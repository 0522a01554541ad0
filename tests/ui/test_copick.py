"""A copick project in the window: its tomograms are listed, opened and segmented, and picks go back into it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from cryoves_app.formats.copick.picks import read_picks
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.dialogs.copick_runs import CopickRunsDialog
from cryoves_app.ui.shell.main_window import MainWindow
from tests.formats.copick_projects import make_project
from tests.formats.zarr_images import write_image

from .helpers import PATIENCE_MS, settle

LEFT = Qt.MouseButton.LeftButton
#: A Python that has the library copick, which cannot live in one environment with Zarr 3.
COPICK_PYTHON = os.environ.get("CRYOVES_COPICK_PYTHON", "")
_MADE_BY_COPICK = """
import json, sys
from pathlib import Path
import numpy as np, copick
folder = Path(sys.argv[1])
config = dict(name="t", description="", version="1.0.0", config_type="filesystem", user_id="ada", session_id="0",
    pickable_objects=[dict(name="vesicle", is_particle=True, label=1, radius=200, identifier="GO:0008021")],
    overlay_root=f"local://{folder}/overlay", overlay_fs_args=dict(auto_mkdir=True))
(folder / "copick.json").write_text(json.dumps(config))
root = copick.from_file(str(folder / "copick.json"))
for name in ("TS_001", "TS_002"):
    root.new_run(name).new_voxel_spacing(float(sys.argv[2])).new_tomogram("wbp").from_numpy(np.load(sys.argv[3]))
"""
_FOUND_BY_COPICK = """
import json, sys
import numpy as np, copick
run = copick.from_file(sys.argv[1]).get_run("TS_002")
(picks,) = run.get_picks("vesicle", user_id="cryoves")
points = [[p.location.z, p.location.y, p.location.x, p.instance_id, 200 * p.transformation[0, 0]] for p in picks.points]
(instances,) = run.get_segmentations(user_id="cryoves", name="vesicle", is_instance=True)
print(json.dumps([points, np.unique(instances.numpy()).tolist()]))
"""
MakeConfig = Callable[[Path, np.ndarray, float], Path]


def made_here(folder: Path, data: np.ndarray, angstrom: float) -> Path:
    config = make_project(folder, runs=())
    for run in ("TS_001", "TS_002"):
        place = folder / "static" / "ExperimentRuns" / run / f"VoxelSpacing{angstrom:.3f}" / "wbp.zarr"
        write_image(place, data, voxel=angstrom, version=2, levels=2, chunks=(32, 64, 64))
    return config


def made_by_the_library(folder: Path, data: np.ndarray, angstrom: float) -> Path:
    folder.mkdir()
    np.save(folder / "data.npy", data)
    words = [COPICK_PYTHON, "-c", _MADE_BY_COPICK, folder, str(angstrom), folder / "data.npy"]
    subprocess.run(words, check=True, timeout=120)
    return folder / "copick.json"


def photograph(widget: Any, name: str) -> None:
    """Into the folder that whoever wants to look at it names."""
    if folder := os.environ.get("CRYOVES_PICTURES"):
        widget.grab().save(str(Path(folder) / name))


def dialog_of(window: MainWindow, qtbot: Any) -> CopickRunsDialog:
    qtbot.waitUntil(lambda: bool(window.findChildren(CopickRunsDialog)), timeout=PATIENCE_MS)
    (dialog,) = window.findChildren(CopickRunsDialog)
    return dialog


def test_a_projects_tomograms_are_listed_and_one_is_opened(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    config = make_project(tmp_path)
    window.parts.opener.open([config])
    dialog = dialog_of(window, qtbot)
    lines = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert lines == ["TS_001, 14.69 Å, wbp", "TS_002, 14.69 Å, wbp"]
    assert not dialog.button.isEnabled()
    dialog.list.item(1).setSelected(True)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(dialog.button, Qt.MouseButton.LeftButton)
    volume = window.workspace.document.volume
    assert volume is not None
    assert volume.shape == (20, 40, 50)
    assert "TS_002" in str(volume.info.path)
    QApplication.sendPostedEvents(None, 52)  # Qt's deferred deletions
    assert not window.findChildren(CopickRunsDialog)


def test_a_file_that_is_no_project_and_one_without_tomograms_are_told(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    told: list[str] = []
    window.parts.opener.failed.connect(told.append)
    (tmp_path / "a.json").write_text("{}")
    window.parts.opener.open([tmp_path / "a.json"])
    assert "is no copick configuration" in told[0]
    window.parts.opener.open([make_project(tmp_path / "p", runs=())])
    assert not window.findChildren(CopickRunsDialog)


@pytest.mark.parametrize(
    "make",
    [
        made_here,
        pytest.param(
            made_by_the_library,
            marks=pytest.mark.skipif(
                not COPICK_PYTHON,
                reason="no Python with the library copick is named (CRYOVES_COPICK_PYTHON)",
            ),
        ),
    ],
)
def test_a_run_is_opened_segmented_and_its_vesicles_are_picks_of_the_project(
    window: MainWindow,
    qtbot: Any,
    tmp_path: Path,
    sample: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: MakeConfig,
) -> None:
    whole = open_volume(sample)
    piece = np.asarray(whole.data[16:80, 64:176, 64:176], dtype=np.float32)
    config = make(tmp_path / "p", piece, 10 * whole.voxel_size_nm)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args, **_more: ([str(config)], ""))
    window.workspace.commands.action("file.open").trigger()
    dialog = dialog_of(window, qtbot)
    assert dialog.list.count() == 2
    item = dialog.list.item(1)
    qtbot.waitUntil(lambda: dialog.list.visualItemRect(item).height() > 0, timeout=PATIENCE_MS)
    qtbot.mouseClick(dialog.list.viewport(), LEFT, pos=dialog.list.visualItemRect(item).center())
    photograph(dialog, "copick_runs.png")
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(dialog.button, LEFT)
    QApplication.sendPostedEvents(None, 52)
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    window.parts.steps.open_step("Segment")
    run = window.parts.segment.view.run
    qtbot.waitUntil(lambda: run.height() > 0 and run.isEnabled(), timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.parts.run.ended, timeout=PATIENCE_MS):
        qtbot.mouseClick(run, LEFT)
    settle(window, qtbot)
    accepted = window.workspace.document.vesicles.accepted
    assert len(accepted) >= 3
    photograph(window, "copick_segmented.png")
    export_picks(window, qtbot, config)
    photograph(window, "copick_exported.png")
    assert sorted(found_picks(config, use_library=make is made_by_the_library)) == [
        (v.id, *(pytest.approx(10 * nm, abs=0.1) for nm in (*v.sphere.centre_nm, v.radius_nm)))
        for v in sorted(accepted, key=lambda v: v.id)
    ]


def export_picks(window: MainWindow, qtbot: Any, config: Path) -> None:
    """Tick only copick under Export, name the project, and press Export."""
    window.parts.steps.open_step("Export")
    view = window.parts.export.view
    for name, box in view.formats.ticks.items():
        if box.isChecked() != (name == "copick"):
            qtbot.waitUntil(lambda box=box: box.height() > 0, timeout=PATIENCE_MS)
            qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    qtbot.waitUntil(view.formats.copick.isVisible, timeout=PATIENCE_MS)
    assert view.formats.copick.text() == str(config)  # the project that was opened
    view.folder.setText(str(config.parent / "out"))
    qtbot.mouseClick(view.button, LEFT)
    for notice in window.notices.notices():  # spheres whose centres lie outside of the piece are asked about
        for button in notice.buttons:
            if button.text() == "Export all the same":
                qtbot.mouseClick(button, LEFT)
    qtbot.waitUntil(
        lambda: view.open_folder.isVisible() and not window.parts.export.busy, timeout=PATIENCE_MS
    )
    assert "files saved, read back and compared" in view.result.text()


def found_picks(config: Path, *, use_library: bool) -> list[tuple[float, ...]]:
    """Id, place in z, y, x and radius of the picks in the run, in ångström."""
    if not use_library:
        picks = config.parent / "overlay/ExperimentRuns/TS_002/Picks/cryoves_1_vesicle.json"
        return [
            (p.id, *(10 * nm for nm in (*p.centre_nm, p.radius_nm or 0.0))) for p in read_picks(picks, 200.0)
        ]
    done = subprocess.run(
        [COPICK_PYTHON, "-c", _FOUND_BY_COPICK, config],
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    points, instances = json.loads(done.stdout)
    assert instances == [0, *sorted(number for *_place, number, _radius in points)]
    return [(number, z, y, x, radius) for z, y, x, number, radius in points]

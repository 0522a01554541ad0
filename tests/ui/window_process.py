"""A window of its own that real keys and clicks edit until it is killed, for test_window_killed."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
from pathlib import Path

from cryoves_app.domain.project import Project


def decided(project: Project) -> str:
    """A fingerprint of what people decided; measures are refreshed in between and don't count."""
    rows = [(v.id, v.sphere, v.status, v.reviewed, v.tags) for v in project.vesicles]
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def main(seed: int, folder: Path) -> None:
    """Edit the sample in a window without end; a line is written after every finished event."""
    os.environ["CRYOVES_DATA"] = str(folder / "data")
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from cryoves_app.domain.resources import resource_path
    from cryoves_app.domain.vesicle_set import VesicleSet
    from cryoves_app.formats.tables.table import read_vesicles
    from cryoves_app.ui.application import create_application, create_window
    from cryoves_app.ui.base.preferences import PreferenceFile
    from cryoves_app.ui.viewers.slicing import Plane
    from cryoves_app.workflow.project.actions.add import import_vesicles

    application = create_application()
    window = create_window(PreferenceFile(folder), opengl=False)
    window.show()
    window.activateWindow()
    window.parts.opener.open([resource_path("sample", "sample.mrc")])
    projects = window.parts.projects
    while projects.session is None or not window.isActiveWindow():
        application.processEvents()
        time.sleep(0.005)
    truth = VesicleSet.of(read_vesicles(resource_path("sample", "sample_truth.csv")))
    projects.edit(lambda project: import_vesicles(project, truth, "the truth"))
    if seed % 2:
        projects.save(folder / "p.cryoves")
    none, control, shift = (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.ShiftModifier,
    )
    keys = [
        (Qt.Key.Key_N, none),
        (Qt.Key.Key_A, none),
        (Qt.Key.Key_D, none),
        (Qt.Key.Key_F, none),
        (Qt.Key.Key_T, none),
        (Qt.Key.Key_3, none),
        (Qt.Key.Key_BracketLeft, none),
        (Qt.Key.Key_BracketRight, none),
        (Qt.Key.Key_Z, control),
        (Qt.Key.Key_Z, control | shift),
        (Qt.Key.Key_E, none),
        (Qt.Key.Key_S, none),
    ]
    rng = random.Random(seed)
    viewport = window.parts.views.slices[Plane.XY].canvas.viewport()
    with (folder / "said").open("w", buffering=1) as said:
        while True:
            said.write(f"{decided(projects.session.project)}\n")
            if rng.random() < 0.2:
                middle = viewport.rect().center()
                QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, none, middle)
            else:
                QTest.keyClick(window, *rng.choice(keys))
            application.processEvents()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))

"""The program and the desktop: what it tells of itself and of the computer, and files it is handed."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from cryoves_app import __version__
from cryoves_app.ui.application import spare_the_collector
from cryoves_app.ui.dialogs import about
from cryoves_app.ui.dialogs.about import AboutDialog
from cryoves_app.ui.dialogs.health import HealthDialog

from .helpers import PATIENCE_MS

SOFTWARE = {"version": "4.5", "renderer": "llvmpipe"}


def test_check_fills_itself_and_its_report_is_copied(qtbot: Any) -> None:
    dialog = HealthDialog(SOFTWARE)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.busy.isVisible(), timeout=PATIENCE_MS)
    topics = [finding.topic for finding in dialog.findings]
    assert {"Processor", "Memory", "Disk", "Graphics card", "3-D view", "Network", "Speed"} <= set(topics)
    shown = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "OpenVINO on the processor will be used. No graphics card was found" in shown
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert all(finding.sentence in copied for finding in dialog.findings)


def test_about_names_version_licence_and_no_address_it_does_not_know(qtbot: Any) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    told = dialog.text() + dialog.informativeText()
    assert __version__ in told
    assert "BSD-3-Clause" in told
    assert "href" not in told


def test_about_links_to_where_an_installers_maker_publishes(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "releases.txt").write_text("https://example.org/releases\n", encoding="utf-8")
    monkeypatch.setattr(about, "resource_path", lambda *parts: tmp_path.joinpath(*parts))
    assert 'href="https://example.org/releases"' in about.update_hint()


def test_about_opens_the_licence_texts_where_they_are(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(about, "licence_folder", lambda: tmp_path)
    opened: list[str] = []
    monkeypatch.setattr(about.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.licences, Qt.MouseButton.LeftButton)
    assert opened == [str(tmp_path)]


_FILES_ARRIVE = """
from PySide6.QtGui import QFileOpenEvent
from cryoves_app.ui.base.qt_application import Application

application = Application(["cryoves"])
opened = []
application.sendEvent(application, QFileOpenEvent("/data/early.cryoves"))
application.open_files_with(opened.extend)
application.sendEvent(application, QFileOpenEvent("/data/late.mrc"))
print(*(path.name for path in opened))
"""


def test_files_that_the_desktop_hands_over_are_opened() -> None:
    """In a process of its own, because there can be one application in each."""
    command = [sys.executable, "-c", _FILES_ARRIVE]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["early.cryoves", "late.mrc"]


def test_the_collector_leaves_alone_what_lives_as_long_as_the_program() -> None:
    try:
        spare_the_collector()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()

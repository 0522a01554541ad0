"""Check this computer: what it has, and whether that is enough, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.workflow.health.computer import (
    ComputerFinding,
    Verdict,
    check_engines,
    check_system,
    opengl_finding,
    report,
)

_LOOKS = {
    Verdict.GOOD: ("check-circle", theme.GREEN),
    Verdict.HINT: ("information", theme.SKY_BLUE),
    Verdict.PROBLEM: ("alert-octagon", theme.VERMILLION),
}


class HealthDialog(QDialog):
    """Findings appear as they are found; the engines are tried in a worker process."""

    def __init__(self, opengl: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Check this computer")
        self.resize(620, 420)
        self.findings: list[ComputerFinding] = []
        self._opengl = opengl
        self._grid = QGridLayout()
        self._grid.setColumnStretch(2, 1)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.copy = QPushButton("Copy report")
        self.copy.setEnabled(False)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report(self.findings)))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(self._grid)
        box.addWidget(self.busy)
        box.addStretch(1)
        box.addWidget(buttons)
        run_in_background(check_system, self._take_system, self._fail, self)

    def _take_system(self, findings: list[ComputerFinding]) -> None:
        self._add([*findings, opengl_finding(self._opengl)])
        run_in_background(check_engines, self._take_engines, self._fail, self)

    def _take_engines(self, findings: list[ComputerFinding]) -> None:
        self._add(findings)
        self.busy.hide()
        self.copy.setEnabled(True)

    def _fail(self, sentence: str) -> None:
        self._take_engines([ComputerFinding("Check", sentence, Verdict.PROBLEM)])

    def _add(self, findings: list[ComputerFinding]) -> None:
        self.findings += findings
        for finding in findings:
            row = self._grid.rowCount()
            mark = QLabel()
            mark.setPixmap(theme.coloured_icon(*_LOOKS[finding.verdict]).pixmap(18, 18))
            topic = QLabel(f"<b>{finding.topic}</b>")
            sentence = QLabel(finding.sentence)
            sentence.setWordWrap(True)
            for column, label in enumerate((mark, topic, sentence)):
                self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)

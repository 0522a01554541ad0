"""A window that the system tells to end asks nobody, loses nothing and does not stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from cryoves_app.workflow.project.session import Session
from cryoves_app.workflow.project.working_copies import left_behind
from tests.cli.program import environment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")

WINDOW = """
    import sys
    from pathlib import Path
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication
    from cryoves_app.domain.resources import resource_path
    from cryoves_app.domain.vesicle_set import VesicleSet
    from cryoves_app.formats.tables.table import read_vesicles
    from cryoves_app.ui import application as ui
    from cryoves_app.ui.base.background import run_in_background
    from cryoves_app.workflow.jobs.endings import note_endings
    from cryoves_app.workflow.project.actions.add import import_vesicles

    def edit(window):
        projects = window.parts.projects
        if projects.session is None:
            QTimer.singleShot(20, lambda: edit(window))
            return
        truth = VesicleSet.of(read_vesicles(resource_path("sample", "sample_truth.csv")))
        projects.edit(lambda project: import_vesicles(project, truth, "the truth"))
        then(window)

    def tell(text):
        print(text, flush=True)

    def ask(window):
        QTimer.singleShot(0, window.close)
        see()

    def see():
        if QApplication.activeModalWidget() is None:
            QTimer.singleShot(20, see)
        else:
            tell("asks")

    def hang(window):
        def read_for_ever():
            tell("reads")
            while True:
                sys.stdin.read()
        run_in_background(read_for_ever, print)

    then = {then}
    ui.HANGING_SECONDS = 0.1
    ui.start_work = lambda window, arguments: (window.parts.opener.open([Path(arguments[0])]), edit(window))
    sys.exit(ui.main([str(resource_path("sample", "sample.mrc"))], note_endings()))
"""


@pytest.mark.parametrize(("then", "word"), [("ask", "asks"), ("hang", "reads")])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_window_that_is_told_to_end_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, word: str, number: signal.Signals
) -> None:
    """While it asks whether to save, and while a thread will not end; its edits are offered at the next start."""
    script = dedent(WINDOW).replace("{then}", then)
    command, env = [sys.executable, "-c", script], environment(tmp_path)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{word}\n"
        process.send_signal(number)
        try:
            assert process.wait(60) == 0
        finally:
            process.kill()  # else one that hangs is waited for without end
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path))
    (copy,) = left_behind()
    session = Session.recover(copy)
    assert len(session.project.vesicles) == 60
    session.close()

"""Starts the window: settings, log file, theme, and what happens to unexpected errors."""

from __future__ import annotations

import gc
import logging
import logging.handlers
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QSettings, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from cryoves_app import __version__
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.folders import settings_folder
from cryoves_app.domain.shortage import why_short
from cryoves_app.formats.ome_zarr.reader import load_library
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.allocator import return_large_memory
from cryoves_app.ui.base.background import ignore, in_turn, is_busy, run_in_background, silent, wait_for_all
from cryoves_app.ui.base.collector import collect_in_this_thread
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.base.qt_application import Application
from cryoves_app.ui.dialogs.error import ErrorDialog
from cryoves_app.ui.shell import self_test
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.shell.parts import Parts
from cryoves_app.workflow.jobs.endings import Wish

log = logging.getLogger(__name__)
LOG_BYTES = 1_000_000
SIGNAL_MS = 300
#: How long the program waits for its threads when the system told it to end.
HANGING_SECONDS = 10.0
#: Python's threads take turns this often: with its usual 5 ms each click would wait for fits in the background.
SWITCH_SECONDS = 0.0005


def main(arguments: Sequence[str], wish: Wish) -> int:
    """Open the window, with the files named; the exit code.

    ``--sample`` opens the bundled tomogram; the window closes at a ``wish`` from outside.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    application = create_application()
    log_file = start_window_log(settings_folder())
    window = create_window()
    ticking = end_when(wish, window)
    ErrorHook(log_file, window).install()
    window.show()
    spare_the_collector()
    if isinstance(application, Application):
        application.open_files_with(window.parts.opener.open)
    QTimer.singleShot(0, lambda: start_work(window, arguments))
    code = application.exec()
    ticking.stop()
    if wish.told:
        _leave_what_hangs(code)
    return code


def spare_the_collector() -> None:
    """Let what lives as long as the program be looked at by no later collection: each would halt the window."""
    gc.collect()
    gc.freeze()


def end_when(wish: Wish, window: MainWindow) -> QTimer:
    """End the program when it is told to by a signal, though not before it hears events.

    Python looks at signals only between its own steps, so there have to be some. ``quit`` would do nothing where a
    window or dialog will not close, so the event loops are left without asking any.
    """
    timer = QTimer()
    timer.setInterval(SIGNAL_MS)

    def look() -> None:
        if wish.told:
            timer.stop()
            try:
                window.leave()
            finally:
                QApplication.exit(0)

    timer.timeout.connect(look)
    timer.start()
    return timer


def _leave_what_hangs(code: int) -> None:
    """End although a thread will not, such as one that reads from a drive that no longer answers."""
    if is_busy() and not wait_for_all(HANGING_SECONDS):
        log.warning("The program was told to end, and did while something was still being read or computed.")
        logging.shutdown()
        os._exit(code)


def create_application() -> QApplication:
    """The Qt application in the chosen theme."""
    _keep_qt_to_ourselves()
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else Application(sys.argv[:1])
    collect_in_this_thread()
    return_large_memory()
    application.setApplicationName("CryoVes")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("cryoves")
    theme.apply_theme(application, PreferenceFile().now.theme)
    return application


def _keep_qt_to_ourselves() -> None:
    """Qt's own file dialogs remember folders in a settings file, and its drawing keeps compiled shaders."""
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(settings_folder()))
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DisableShaderDiskCache)


def create_window(preferences: PreferenceFile | None = None, *, opengl: bool | None = None) -> MainWindow:
    """The main window with all its parts."""
    return MainWindow(Parts(preferences, opengl=opengl))


def start_work(window: MainWindow, arguments: Sequence[str]) -> None:
    """Open what was named, or let the window try itself."""
    if arguments[:1] == [self_test.OPTION]:
        self_test.SelfTest(window, Path(arguments[1]))
    else:
        open_at_start(window, arguments)


def open_at_start(window: MainWindow, arguments: Sequence[str]) -> None:
    """Offer what a crash left, go on with the queue, and open what the command line named."""
    try:
        window.offer_recovery()
    except CryoVesError as error:
        window.workspace.tell("error", str(error))
    window.offer_stopped_trainings()
    window.parts.queue.resume()
    if "--sample" in arguments:
        window.workspace.commands.run("file.sample")
    files = [Path(a).absolute() for a in arguments if not a.startswith("--")]
    if files:
        window.parts.opener.open(files)
    run_in_background(
        in_turn(load_library), ignore, silent("opening an OME-Zarr image says what is wrong"), window
    )


def start_window_log(folder: Path) -> Path:
    """Write warnings and errors to a file of bounded size; where that cannot be, to standard error."""
    logging.raiseExceptions = False  # a log on a full disk is no matter for standard error
    path = folder / "cryoves.log"
    handler: logging.Handler
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("cryoves_app")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    log.info("CryoVes %s starts, process %s.", __version__, os.getpid())
    return path


class ErrorHook:
    """Gets exceptions that nothing else handled: writes them to the log, says a sentence, and the window goes on."""

    def __init__(self, log_file: Path, window: MainWindow) -> None:
        self._log_file, self._window = log_file, window
        self.dialog: ErrorDialog | None = None

    def install(self) -> None:
        sys.excepthook = self.catch

    def catch(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("Unexpected error:\n%s", details)
        if self.dialog is not None and self.dialog.isVisible():
            return  # one at a time: the log has them all
        self.dialog = ErrorDialog(
            why_short(error) or f"{kind.__name__}: {error}", details, self._log_file, self._window
        )
        self.dialog.open()

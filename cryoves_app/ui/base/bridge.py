"""The worker process as Qt signals: its callbacks come from other threads, its signals arrive in the window's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui.base.background import ignore, run_in_background, silent
from cryoves_app.ui.base.mailbox import open_mailbox
from cryoves_app.workflow.jobs.messages import Failed, Order
from cryoves_app.workflow.jobs.supervisor import Callbacks, WorkerProcess


class JobBridge(QObject):
    """One job at a time in the worker; starting the process happens in a thread, so that no click waits for it.
    ``generation`` drops what a former job still sends."""

    started = Signal()
    progressed = Signal(str, float, str)
    step_done = Signal(object)  # StepReport
    epoch_done = Signal(object)  # EpochDone
    spheres_found = Signal(object)  # SpheresFound
    noted = Signal(object)  # Note
    done = Signal(object)  # the order's result
    failed = Signal(object)  # Failed

    def __init__(self, worker: WorkerProcess | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worker = worker or WorkerProcess()
        self._generation = 0
        self._running = False
        self._wants_cancel = False
        self._mailbox = open_mailbox(self._deliver)

    @property
    def running(self) -> bool:
        return self._running

    def submit(self, order: Order[Any]) -> None:
        """Start a job.

        Raises
        ------
        CryoVesError
            If one is running.
        """
        if self._running:
            raise CryoVesError("Something is being computed already; wait for it or cancel it.")
        self._generation += 1
        self._wants_cancel = False
        number, mailbox = self._generation, self._mailbox

        def forward(name: str) -> Callable[..., None]:
            return lambda *values: mailbox.send(number, name, values)

        callbacks: Callbacks[Any] = Callbacks(
            on_progress=forward("progressed"),
            on_step=forward("step_done"),
            on_epoch=forward("epoch_done"),
            on_spheres=forward("spheres_found"),
            on_note=forward("noted"),
            on_done=forward("done"),
            on_failed=forward("failed"),
        )
        self._running = True
        self.started.emit()
        run_in_background(
            lambda: self.worker.submit(order, callbacks),
            self._sent,
            lambda sentence: mailbox.send(number, "failed", (Failed(sentence),)),
        )

    def _sent(self, _number: int) -> None:
        if self._wants_cancel:
            self.worker.cancel()

    def prepare(self) -> None:
        """Start the process in the background, so that the first job needn't wait for it."""
        run_in_background(
            self.worker.start, ignore, silent("the first job starts it again and says what fails")
        )

    def cancel(self) -> None:
        """Ask the job to stop; ``failed`` follows within about a second."""
        self._wants_cancel = True
        self.worker.cancel()

    def close(self) -> None:
        """End the process; nothing is told any more."""
        self._forget()
        self.worker.close()

    def close_in_background(self) -> None:
        """As ``close``, without waiting for a job that is being cancelled."""
        self._forget()
        run_in_background(self.worker.close, ignore)

    def _forget(self) -> None:
        self._generation += 1
        self._running = False

    def _deliver(self, number: int, name: str, values: tuple[Any, ...]) -> None:
        if number != self._generation:
            return
        if name in ("done", "failed"):
            self._running = False
        getattr(self, name).emit(*values)

"""Saves a project a moment after each edit, without making the window wait."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.recompute import pause_timer
from cryoves_app.workflow.project.pending_save import PendingSave
from cryoves_app.workflow.project.session import Session


class Autosave(QObject):
    """Writes snapshots in a thread, one after the other.

    Parameters
    ----------
    session
        Gives the session that is open now, made ready to be saved; ``None`` where there is nothing to save.
    """

    def __init__(
        self,
        parent: QObject,
        milliseconds: int,
        session: Callable[[], Session | None],
        told: Callable[[], None],
        on_failed: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._session, self._told, self._on_failed = session, told, on_failed
        self._timer = pause_timer(self, milliseconds, self._begin)
        self._begun: tuple[Session, PendingSave] | None = None

    def start(self) -> None:
        """There is something to save; it is saved when nothing more comes for a moment."""
        self._timer.start()

    def settle(self) -> None:
        """Nothing is written any more when this returns: whoever saves, or lets go of the session, calls it first."""
        self._timer.stop()
        begun, self._begun = self._begun, None
        if begun is not None:
            session, pending = begun
            session.end_save(pending)

    def _begin(self) -> None:
        if self._begun is not None:  # the edits since then come after it
            self._timer.start()
            return
        session = self._session()
        if session is None:
            return
        try:
            pending = session.begin_save()
        except CryoVesError as error:
            self._on_failed(str(error))
            return
        self._begun = session, pending
        run_in_background(
            pending.write, lambda _: self._end(pending), lambda why: self._fail(pending, why), owner=self
        )

    def _end(self, pending: PendingSave) -> None:
        if self._begun is None or self._begun[1] is not pending:  # settled before
            return
        session, self._begun = self._begun[0], None
        session.end_save(pending)
        self._told()

    def _fail(self, pending: PendingSave, why: str) -> None:
        if self._begun is not None and self._begun[1] is pending:
            self._begun = None
        self._on_failed(why)

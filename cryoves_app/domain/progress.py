"""Progress of a long task, and the wish to stop it. Knows no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryoves_app.domain.errors import Cancelled

#: Called with the step's name, the fraction done of that step (0 to 1), and a message.
ProgressListener = Callable[[str, float, str], None]


def _ignore(step: str, fraction: float, message: str) -> None:
    """The listener of work that nobody watches."""


@dataclass
class CancelToken:
    """Set from any thread; asked by the worker between pieces of work."""

    _cancelled: bool = False  # no event: the handler of a signal may cancel, and must not wait for its lock

    def cancel(self) -> None:
        self._cancelled = True

    @property
    def cancelled(self) -> bool:
        return self._cancelled


@dataclass
class Progress:
    """What a long task is given: it reports here, and stops where it is told to.

    A task calls ``report`` often; it raises ``Cancelled`` once the token is set.
    """

    listener: ProgressListener = _ignore
    token: CancelToken = field(default_factory=CancelToken)
    step: str = ""

    def start(self, step: str, message: str = "") -> None:
        """Begin a named step."""
        self.step = step
        self.report(0.0, message)

    def report(self, fraction: float, message: str = "") -> None:
        """Say how far the current step is.

        Raises
        ------
        Cancelled
            If the user asked to stop.
        """
        self.check()
        self.listener(self.step, min(max(fraction, 0.0), 1.0), message)

    def unseen(self) -> Progress:
        """For a part of a step whose own reports nobody needs; it stops where this does."""
        return Progress(token=self.token)

    def check(self) -> None:
        if self.token.cancelled:
            raise Cancelled

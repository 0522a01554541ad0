"""Progress and cancelling, without a window."""

import pytest

from cryoves_app.domain.errors import Cancelled
from cryoves_app.domain.progress import CancelToken, Progress


def test_the_listener_hears_steps_and_fractions_within_bounds() -> None:
    heard = []
    progress = Progress(lambda *what: heard.append(what))
    progress.start("fit", "now")
    progress.report(1.7)
    progress.report(-0.2)
    assert heard == [("fit", 0.0, "now"), ("fit", 1.0, ""), ("fit", 0.0, "")]


def test_after_cancel_nothing_is_reported() -> None:
    heard, token = [], CancelToken()
    progress = Progress(lambda *what: heard.append(what), token)
    progress.check()
    token.cancel()
    for stopped in (progress.check, lambda: progress.report(0.5), lambda: progress.start("next")):
        with pytest.raises(Cancelled):
            stopped()
    assert heard == []

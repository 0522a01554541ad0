"""What a list of jobs makes of a worker that ends because the whole program was told to."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.workflow.batch.run import Listener, Outcome, run_all
from cryoves_app.workflow.jobs.endings import interrupt_at_endings
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import SegmentResult


class _Dying(WorkerProcess):
    """Dies in its job, as by a signal; ``told`` says whether this process got it, too."""

    told = False

    def run(self, *_: object) -> SegmentResult:  # type: ignore[override]
        if self.told:
            os.kill(os.getpid(), signal.SIGTERM)
        raise CryoVesError("The worker ended.")


@pytest.fixture
def endings() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    interrupt_at_endings()
    yield
    interrupt_at_endings()  # forgets that it was told
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("endings")
@pytest.mark.parametrize("told", [False, True])
def test_a_worker_that_ends_with_the_program_is_no_failure_of_its_tomogram(told: bool) -> None:
    outcomes: list[Outcome] = []
    worker = _Dying(1)
    worker.told = told
    try:
        run_all([SegmentJob("a.mrc", "out/a")], [worker], Listener(on_outcome=outcomes.append))
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    assert interrupted is told
    assert [o.failure for o in outcomes] == ([] if told else ["The worker ended."])

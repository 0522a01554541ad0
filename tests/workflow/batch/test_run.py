"""What a list of jobs makes of a worker that ends because the whole program was told to."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

from tests.cli.program import run_python

#: A worker that dies in its job, as by a signal. In a process of its own, for the signal is a real one.
SCRIPT = """
    import os, signal
    from cryoves_app.domain.errors import CryoVesError
    from cryoves_app.workflow.batch.run import Listener, run_all
    from cryoves_app.workflow.jobs.endings import interrupt_at_endings
    from cryoves_app.workflow.jobs.supervisor import WorkerProcess
    from cryoves_app.workflow.segment.order import SegmentJob

    class Dying(WorkerProcess):
        def run(self, *_):
            if TOLD:
                os.kill(os.getpid(), signal.SIGTERM)
            raise CryoVesError("ended")

    interrupt_at_endings()
    try:
        run_all([SegmentJob("a.mrc", "out/a")], [Dying(1)], Listener(on_outcome=lambda o: print(o.failure)))
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize(("told", "said"), [(False, "ended"), (True, "interrupted")])
def test_a_worker_that_ends_with_the_program_is_no_failure_of_its_tomogram(told: bool, said: str) -> None:
    done = run_python(f"TOLD = {told}\n" + dedent(SCRIPT))
    assert (done.returncode, done.stdout.split()) == (0, [said]), done.stderr

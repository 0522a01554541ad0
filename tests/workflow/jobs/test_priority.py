"""What computes in the background leaves the processors to the window."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from cryoves_app.workflow.jobs.priority import give_way
from cryoves_app.workflow.jobs.supervisor import WorkerProcess


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has classes of priority")
def test_a_process_gives_way_and_one_that_has_ended_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        give_way(process.pid)
        assert psutil.Process(process.pid).nice() == 19
        if sys.platform == "linux":
            assert os.sched_getscheduler(process.pid) == os.SCHED_IDLE
        process.kill()
        process.wait()
        give_way(process.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a policy")
@pytest.mark.parametrize("gives_way", [True, False])
def test_all_threads_of_a_worker_give_way_if_it_is_to(gives_way: bool) -> None:
    worker = WorkerProcess(1, gives_way=gives_way)
    try:
        worker.start()
        threads = [int(path.name) for path in Path(f"/proc/{worker.pid}/task").iterdir()]
        policies = {os.sched_getscheduler(number) for number in threads}
        assert policies == {os.SCHED_IDLE if gives_way else os.sched_getscheduler(0)}
    finally:
        worker.close()

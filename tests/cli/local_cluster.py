"""A Dask cluster of two worker processes on this computer, in a process of its own that tests talk to by lines.

It says the scheduler's address and the numbers of its workers' processes, and ends when its input does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.program import ROOT, environment


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    address: str
    worker_numbers: tuple[int, ...]


@contextmanager
def two_workers(folder: Path) -> Iterator[Cluster]:
    """Start it in a folder, and end it."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**environment(folder / "data"), "DASK_TEMPORARY_DIRECTORY": str(folder)},
        cwd=folder,
    )
    assert process.stdout is not None
    try:
        address, *numbers = process.stdout.readline().split()
        yield Cluster(address, tuple(map(int, numbers)))
    finally:
        process.communicate("\n", timeout=60)


def _serve() -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", memory_limit=None
        ) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(2)
        numbers = client.run(os.getpid).values()
        sys.stdout.write(f"{cluster.scheduler_address} {' '.join(map(str, numbers))}\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    _serve()

"""A Dask cluster of our own whose workers are jobs of SLURM; it ends with the program."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryoves_app.domain.errors import CryoVesError, one_line
from cryoves_app.workflow.batch.cluster import NOT_INSTALLED
from cryoves_app.workflow.jobs.endings import stop_if_told

if TYPE_CHECKING:
    from distributed import Client

#: By the way to an address that nobody has (RFC 5737) this computer's own is found, without sending anything.
#: Dask would look for the way to a public server.
_NOWHERE = "198.51.100.1"
#: Nothing is served over HTTP by a scheduler of ours.
_QUIET: Mapping[str, object] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
_USUAL_MEMORY = "8GB"
#: Options of which a job may have several.
_LISTS = ("worker_extra_args", "job_extra_directives", "job_script_prologue", "job_directives_skip")
#: So long may it take to hand all jobs in.
_SUBMIT_SECONDS, _LOOK_SECONDS = 300.0, 0.1


@dataclass
class _Submitted:
    """What became of the jobs that were handed in."""

    taken: int = 0
    refused: list[Exception] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.taken + len(self.refused)


@contextmanager
def start_slurm(
    workers: int,
    threads: int,
    options: Sequence[tuple[str, str]],
    tell: Callable[[str], None] = lambda sentence: None,
) -> Iterator[Client]:
    """A scheduler in this process, and jobs of SLURM as its workers.

    Parameters
    ----------
    workers
        How many jobs; each does one tomogram at a time.
    options
        Of ``dask_jobqueue.SLURMCluster``, as ``queue``, ``account``, ``memory``, ``walltime``; what is not said comes
        from Dask's own configuration (``jobqueue.yaml``).
    tell
        Hears that a part of the jobs was refused.

    Raises
    ------
    CryoVesError
        If the packages or SLURM's programs are missing, or SLURM refuses all jobs.
    """
    try:
        import dask
        from distributed import Client
    except ModuleNotFoundError as error:
        raise CryoVesError(NOT_INSTALLED) from error
    if shutil.which("sbatch") is None:
        raise CryoVesError(
            "There is no SLURM here (no program sbatch); start this on the cluster's login node, or use --scheduler."
        )
    submitted = _Submitted()
    with (
        dask.config.set(_QUIET),
        _made(threads, options, submitted) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        cluster.scale(jobs=workers)
        _wait_for_jobs(workers, submitted, tell)
        yield client


def job_script(threads: int, options: Sequence[tuple[str, str]]) -> str:
    """The script that SLURM would get for each job; nothing is handed in, and no SLURM is needed.

    The scheduler's address in it is one of this moment.

    Raises
    ------
    CryoVesError
        If the packages are missing, or an option is wrong.
    """
    try:
        import dask
    except ModuleNotFoundError as error:
        raise CryoVesError(NOT_INSTALLED) from error
    with dask.config.set(_QUIET), _made(threads, options, _Submitted()) as cluster:
        return str(cluster.job_script())


def _made(threads: int, options: Sequence[tuple[str, str]], submitted: _Submitted) -> Any:
    """The cluster, still without jobs."""
    try:
        import dask
        from dask_jobqueue.slurm import SLURMCluster
        from distributed.utils import get_ip
    except ModuleNotFoundError as error:
        raise CryoVesError(NOT_INSTALLED) from error
    settings = {
        "cores": 1,
        "processes": 1,
        "memory": dask.config.get("jobqueue.slurm.memory", None) or _USUAL_MEMORY,
        "job_cpu": threads,
        **_settings(options),
    }
    scheduler: dict[str, object] = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    if "interface" not in settings:
        scheduler["host"] = get_ip(_NOWHERE)
    try:
        return SLURMCluster(**settings, scheduler_options=scheduler, job_cls=_counted_job(submitted))
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        raise CryoVesError(f"The jobs for SLURM could not be made: {one_line(error)}.") from error


def _settings(options: Sequence[tuple[str, str]]) -> Mapping[str, object]:
    """Options by name, several of one name together where a job may have several."""
    lists: dict[str, list[str]] = {"worker_extra_args": ["--no-dashboard"]}
    plain: dict[str, object] = {}
    for name, value in options:
        if name in _LISTS:
            lists.setdefault(name, []).append(value)
        else:
            plain[name] = value
    return {**plain, **lists}


def _counted_job(submitted: _Submitted) -> type:
    """A job that notes whether SLURM took it: the cluster would wait for a refused one for ever, without a word."""
    from dask_jobqueue.slurm import SLURMJob
    from distributed.core import Status

    class CountedJob(SLURMJob):
        async def start(self) -> None:
            try:
                await super().start()
                submitted.taken += 1
            except (RuntimeError, OSError, ValueError) as error:
                # raised, it would be logged at length: it counts as failed when the cluster has looked at it
                self.status = Status.running
                asyncio.get_running_loop().call_later(_LOOK_SECONDS, setattr, self, "status", Status.failed)
                submitted.refused.append(error)

    return CountedJob


def _wait_for_jobs(wanted: int, submitted: _Submitted, tell: Callable[[str], None]) -> None:
    """Until SLURM has taken or refused each job."""
    end = time.monotonic() + _SUBMIT_SECONDS
    while submitted.count < wanted and time.monotonic() < end:
        stop_if_told()
        time.sleep(_LOOK_SECONDS)
    if submitted.refused:
        time.sleep(3 * _LOOK_SECONDS)  # until the last of them counts as failed
    if not submitted.taken:
        why = one_line(submitted.refused[0]) if submitted.refused else "it does not answer"
        raise CryoVesError(f"SLURM took no job: {why}.")
    if submitted.refused:
        tell(
            f"SLURM took {submitted.taken} of {wanted} jobs; of the others it says: {one_line(submitted.refused[0])}."
        )

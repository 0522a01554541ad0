"""Weight files of others, read in a process of their own.

Such a file is read by libhdf5, which a few wrong bytes can keep busy for ever or bring down; in C, where neither a
limit of time nor a signal reaches it. So it is read where it can be stopped, with limits of time and memory.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.program import WEIGHTS_FLAG, own_command, own_environment
from cryoves_app.network.architecture import architecture_of
from cryoves_app.network.weight_files import check_kind, parse_weights
from cryoves_app.network.weights import BatchNormalisation, LayerWeights, WeightArray, Weights

#: Reading takes well under a second; a slow disk and a busy computer are allowed for.
LIMIT_SECONDS = 60.0
#: As long as it may compute: one or two seconds go into libraries, the rest into unpacking.
_CPU_SECONDS, _CPU_BYTES_PER_SECOND = 8, 5e6
_LIMIT_BYTES = 4 << 30
_FAILURE = "failure"
#: How the process ends that computes longer than it may.
_TOO_LONG = -getattr(signal, "SIGXCPU", 0) or None


def read_weights(path: Path) -> Weights:
    """Read a weight file that may hold anything.

    Raises
    ------
    CryoVesError
        If the file is missing, no weight file, damaged, or of another network.
    """
    check_kind(path)
    try:
        done = subprocess.run(
            [*own_command(), WEIGHTS_FLAG, str(path.absolute())],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_SECONDS,
            env=own_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CryoVesError(f"“{path.name}” is damaged: reading its weights comes to no end.") from error
    except OSError as error:
        raise CryoVesError(f"No process could be started to read “{path.name}”: {error.strerror}.") from error
    if done.returncode == _TOO_LONG:
        raise CryoVesError(f"“{path.name}” is damaged: reading its weights comes to no end.")
    if done.returncode != 0:
        raise CryoVesError(f"“{path.name}” is damaged: reading its weights comes to no good end.")
    return _weights_from(done.stdout)


def serve(path: str) -> int:
    """The other process: write what a file holds to standard output; its exit code."""
    answer = _private_stdout()
    _limit_itself(Path(path))
    answer.write(answer_for(Path(path)))
    answer.close()
    return 0


def answer_for(path: Path) -> bytes:
    """What the other process writes: the arrays of a file in their order as npz, or why there are none."""
    try:
        arrays = dict(_arrays_of(parse_weights(path)))
    except CryoVesError as error:
        arrays = {_FAILURE: np.frombuffer(str(error).encode(), np.uint8)}
    with io.BytesIO() as buffer:
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()


def _private_stdout() -> io.BufferedWriter:
    """The real standard output; what libraries print goes to standard error."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "wb")


def _limit_itself(path: Path) -> None:
    """Hold even where whoever started this process is gone."""
    if sys.platform == "win32":
        return
    import resource

    size = path.stat().st_size if path.is_file() else 0
    seconds = _CPU_SECONDS + round(size / _CPU_BYTES_PER_SECOND)
    for kind, most, at_last in (
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_AS, _LIMIT_BYTES, _LIMIT_BYTES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with suppress(OSError, ValueError):  # a lower limit holds already, or the system knows none
            resource.setrlimit(kind, (most, at_last))


def _arrays_of(weights: Weights) -> Iterable[tuple[str, WeightArray]]:
    for number, (_, layer) in enumerate(weights):
        for k, array in enumerate(layer.arrays()):
            yield f"{number:03d}-{k}", array


def _weights_from(answer: bytes) -> Weights:
    with np.load(io.BytesIO(answer), allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in sorted(saved.files)}
    if _FAILURE in arrays:
        raise CryoVesError(arrays[_FAILURE].tobytes().decode())
    layers = _layers(arrays)
    architecture = architecture_of([layer.kernel.shape for layer in layers])
    names = [convolution.name for convolution in architecture.convolutions()]
    return Weights(architecture, dict(zip(names, layers, strict=True)))


def _layers(arrays: Mapping[str, WeightArray]) -> list[LayerWeights]:
    """In the order in which they were sent: kernel and bias, then the four numbers of a normalisation, if any."""
    grouped: dict[str, list[WeightArray]] = {}
    for name, array in arrays.items():
        grouped.setdefault(name.partition("-")[0], []).append(array)
    return [
        LayerWeights(kernel, bias, BatchNormalisation(*rest) if rest else None)
        for kernel, bias, *rest in grouped.values()
    ]

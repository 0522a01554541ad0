"""Weight files of others, read in a process of their own: they are HDF5."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.program import WEIGHTS_FLAG
from cryoves_app.network.architecture import architecture_of
from cryoves_app.network.weight_files import check_kind, parse_weights
from cryoves_app.network.weights import BatchNormalisation, LayerWeights, WeightArray, Weights
from cryoves_app.storage.reading_process import read_apart, serve_apart

_FAILURE = "failure"


def read_weights(path: Path) -> Weights:
    """Read a weight file that may hold anything.

    Raises
    ------
    CryoVesError
        If the file is missing, no weight file, damaged, or of another network.
    """
    check_kind(path)
    return _weights_from(read_apart(WEIGHTS_FLAG, path, "its weights"))


def serve(path: str) -> int:
    """The other process: write what a file holds to standard output; its exit code."""
    return serve_apart(Path(path), answer_for)


def answer_for(path: Path) -> bytes:
    """What the other process writes: the arrays of a file in their order as npz, or why there are none."""
    try:
        arrays = dict(_arrays_of(parse_weights(path)))
    except CryoVesError as error:
        arrays = {_FAILURE: np.frombuffer(str(error).encode(), np.uint8)}
    with io.BytesIO() as buffer:
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()


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

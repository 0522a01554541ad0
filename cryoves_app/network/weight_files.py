"""Weight files of Keras: the published CryoVesNet ``.h5``, ``.weights.h5`` and ``.keras``.

Only arrays are read, into our own architecture: no layer is made from what a file says, nothing in it is executed,
and shapes are checked before anything is allocated.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.shortage import is_shortage, is_tight
from cryoves_app.network.architecture import Convolution, architecture_of
from cryoves_app.network.weights import BatchNormalisation, LayerWeights, WeightArray, Weights

_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"

#: The largest weights a .keras archive may hold; the largest network that is read has under 10 MB.
_MAX_ARCHIVED_BYTES = 256 << 20


@dataclass
class _Found:
    """The datasets of one file by kind of layer, in the order of the graph, not yet read."""

    convolutions: list[Sequence[Any]] = field(default_factory=list)
    normalisations: list[Sequence[Any]] = field(default_factory=list)

    def add(self, datasets: Sequence[Any]) -> None:
        if len(datasets) == 2 and len(datasets[0].shape) == 5:
            self.convolutions.append(datasets)
        elif len(datasets) == 4:
            self.normalisations.append(datasets)
        elif datasets:
            raise CryoVesError("these weights belong to another network than the U-Net that CryoVes uses.")


def check_kind(path: Path) -> bool:
    """Whether a weight file is an HDF5 file itself; else it is an archive that may hold one.

    Raises
    ------
    CryoVesError
        If the file cannot be opened, or is neither.
    """
    try:
        if not path.is_file() and path.exists():  # reading from a pipe would wait for ever
            raise CryoVesError(f"“{path.name}”: this is a folder, a device or a pipe; give a weight file.")
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise CryoVesError(f"“{path.name}”: this file cannot be opened.") from error
    if start == _HDF5:
        return True
    if not start.startswith(_ZIP):
        raise CryoVesError(
            f"“{path.name}”: this is no weight file; CryoVes reads Keras's .h5, .weights.h5 and .keras."
        )
    return False


def parse_weights(path: Path) -> Weights:
    """Read a weight file that this program wrote, or any other in a process that can be stopped.

    Raises
    ------
    CryoVesError
        If the file is missing, no weight file, damaged, or of another network.
    """
    import h5py

    source = path if check_kind(path) else None
    try:
        with h5py.File(source or _archived(path), "r") as file:
            return _weights_of(_layers_in(file))
    except CryoVesError as error:
        raise CryoVesError(f"“{path.name}”: {error}") from error
    except Exception as error:  # whatever a damaged file makes of the libraries that read it
        if is_shortage(error) and is_tight():  # else the file asks for more than a network can hold
            raise MemoryError from error
        raise CryoVesError(
            f"“{path.name}” is damaged or not complete, so its weights cannot be read."
        ) from error


def _archived(path: Path) -> io.BytesIO:
    """The HDF5 file inside a ``.keras`` archive."""
    with zipfile.ZipFile(path) as archive:
        if "model.weights.h5" not in archive.namelist():
            raise CryoVesError("this archive holds no weights of a Keras model.")
        entry = archive.getinfo("model.weights.h5")
        if entry.file_size > _MAX_ARCHIVED_BYTES:
            raise CryoVesError(
                "the weights in this archive are far too large for the U-Net that CryoVes uses."
            )
        return io.BytesIO(archive.read(entry))


def _layers_in(file: Any) -> _Found:
    group = _member(file, "model_weights") if "model_weights" in file else file
    if "layer_names" in group.attrs:
        return _named_layers(group)
    if "layers" in file:
        return _numbered_layers(_member(file, "layers"))
    raise CryoVesError("this HDF5 file holds no weights of a Keras model.")


def _named_layers(group: Any) -> _Found:
    """Keras 2: names of layers and of weights are attributes; the inner groups' names may differ."""
    found = _Found()
    for layer_name in group.attrs["layer_names"]:
        layer = _member(group, layer_name)
        found.add([_dataset(layer, name) for name in layer.attrs["weight_names"]])
    return found


def _numbered_layers(group: Any) -> _Found:
    """Keras 3: the k-th layer of a kind is ``kind_k``, its arrays are ``vars/0``, ``vars/1`` and so on."""
    found = _Found()
    for kind in ("conv3d", "batch_normalization"):
        pattern = re.compile(rf"{kind}(?:_(\d+))?$")
        numbered = sorted((int(m[1] or 0), m[0]) for m in map(pattern.match, group) if m)
        for _, name in numbered:
            variables = _member(_member(group, name), "vars")
            found.add([_dataset(variables, str(k)) for k in range(len(variables))])
    return found


def _member(group: Any, name: Any) -> Any:
    """A member of this very file: links that lead out of it are not followed."""
    import h5py

    text = name.decode() if isinstance(name, bytes) else str(name)
    for part in text.split("/"):
        if not isinstance(group, h5py.Group) or not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise CryoVesError("this HDF5 file is not laid out as Keras writes weights.")
        group = group[part]
    return group


def _dataset(group: Any, name: Any) -> Any:
    import h5py

    dataset = _member(group, name)
    plain = isinstance(dataset, h5py.Dataset) and not dataset.is_virtual and not dataset.external
    if not plain or dataset.dtype.kind != "f":
        raise CryoVesError("this HDF5 file is not laid out as Keras writes weights.")
    return dataset


def _weights_of(found: _Found) -> Weights:
    architecture = architecture_of([kernel.shape for kernel, _ in found.convolutions])
    convolutions = architecture.convolutions()
    if len(found.normalisations) != len(convolutions) - 1:
        raise CryoVesError(
            "these weights belong to a U-Net without batch normalisation, which CryoVes cannot use."
        )
    norms = [*found.normalisations, None]
    layers = {
        c.name: _layer(c, arrays, norm)
        for c, arrays, norm in zip(convolutions, found.convolutions, norms, strict=True)
    }
    return Weights(architecture, layers)


def _layer(convolution: Convolution, datasets: Sequence[Any], norm: Sequence[Any] | None) -> LayerWeights:
    per_channel = (convolution.outputs,)
    kernel, bias = _read(datasets[0], convolution.kernel_shape), _read(datasets[1], per_channel)
    if norm is None:
        return LayerWeights(kernel, bias)
    normalisation = BatchNormalisation(*(_read(d, per_channel) for d in norm))
    if normalisation.variance.min() < 0:
        raise CryoVesError("the weights hold a negative variance, so the file is damaged.")
    return LayerWeights(kernel, bias, normalisation)


def _read(dataset: Any, shape: tuple[int, ...]) -> WeightArray:
    if dataset.shape != shape:
        raise CryoVesError("these weights belong to another network than the U-Net that CryoVes uses.")
    array = np.asarray(dataset[()], dtype=np.float32)
    if not np.isfinite(array).all():
        raise CryoVesError("the weights hold values that are not numbers, so the file is damaged.")
    return array


def write_weights(path: Path, weights: Weights) -> None:
    """Write a ``.weights.h5`` that ``load_weights`` of csbdeep's model in Keras 3 reads, and we do."""
    import h5py

    content = io.BytesIO()  # HDF5's own writing to a full disk ends in a crash
    with h5py.File(content, "w") as file:
        for index, (name, layer) in enumerate(weights):
            suffix = f"_{index}" if index else ""
            _write_layer(file, f"conv3d{suffix}", name, layer.kernel, layer.bias)
            if layer.normalisation is not None:
                _write_layer(
                    file, f"batch_normalization{suffix}", f"{name}_norm", *layer.normalisation.arrays()
                )
    path.write_bytes(content.getvalue())


def _write_layer(file: Any, group: str, name: str, *arrays: WeightArray) -> None:
    variables = file.create_group(f"layers/{group}/vars")
    variables.attrs["name"] = name
    for index, array in enumerate(arrays):
        variables.create_dataset(str(index), data=array)

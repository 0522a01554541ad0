"""Models on disk: the bundled one, and the user's own in the data folder.

A model is a folder with ``card.json``, ``model.weights.h5`` and ``model.onnx``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeGuard

from cryoves_app import __version__
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.folders import data_folder
from cryoves_app.domain.reading import exists, is_file, is_folder, is_missing, read_settings
from cryoves_app.domain.resources import resource_path
from cryoves_app.network.onnx_graph import onnx_bytes
from cryoves_app.network.weight_files import parse_weights, write_weights
from cryoves_app.network.weight_reader import read_weights
from cryoves_app.network.weights import Weights
from cryoves_app.storage.replacing import FolderKind, make_folders, replacing, replacing_folder
from cryoves_app.storage.temporary import clear_leftovers_once
from cryoves_app.storage.visible import visible_files

CARD = "card.json"
WEIGHTS = "model.weights.h5"
ONNX = "model.onnx"

#: What training lays beside a model's own files.
HISTORY, CURVES = "history.csv", "curves.png"

MODEL_FOLDER = FolderKind("a model", (CARD,), (CARD, WEIGHTS, ONNX, HISTORY, CURVES))

DEFAULT = "default"

#: Folders of the resources with models: those that find vesicles are listed, those of regions are known by name.
_BUNDLED = ("models", "region_models")

#: What the card of a model that finds regions says of its kind; others find vesicles.
MASK = "mask"
#: And of what they are regions, if it is the cell itself.
CELL = "cell"

#: The voxel size on which the paper's network was trained, for vesicles of 20 nm radius.
STANDARD_VOXEL_NM = 2.2

#: A folded network's work per voxel, in units of the same U-Net's on single voxels; measured with OpenVINO.
_FOLDED_WORK = 0.16

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Model:
    """A network with what is known about it."""

    name: str
    folder: Path
    card: Mapping[str, Any] = field(repr=False)
    weights_path: Path

    @property
    def voxel_size_nm(self) -> float:
        """Voxel size that the network expects for vesicles of 20 nm radius."""
        return float(self.card["voxel_size_nm"])

    @property
    def target_inset_nm(self) -> float:
        """How far inside a vesicle's outer edge the network was taught to end; 0 where the card doesn't say."""
        return float(self.card.get("target_inset_nm", 0.0))

    @property
    def finds_regions(self) -> bool:
        """Whether it marks regions (a membrane, an organelle) instead of vesicles."""
        return self.card.get("kind") == MASK

    @property
    def relative_work(self) -> float:
        """Work per voxel in units of the published network's, as the card tells its architecture."""
        architecture = self.card.get("architecture")
        told = architecture if isinstance(architecture, Mapping) else {}
        filters, fold = told.get("filters", 16), told.get("fold", 1)
        if not (_is_number(filters) and _is_number(fold)):
            return 1.0
        return float((filters / 16) ** 1.6 * (_FOLDED_WORK if fold > 1 else 1.0))

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the numbers, whichever file they came from."""
        return str(self.card["weights_sha256"])

    @property
    def bundled(self) -> bool:
        """Whether it came with the program."""
        return self.folder in [resource_path(folder) / self.name for folder in _BUNDLED]

    @property
    def mask_threshold(self) -> float:
        """From which probability on a voxel belongs to a region, as the card says; a half where it doesn't."""
        threshold = self.card.get("threshold", 0.5)
        return float(threshold) if _is_number(threshold) and 0 < threshold < 1 else 0.5

    @property
    def marks_cell(self) -> bool:
        """Whether its region is one body without holes, the inside of a terminal."""
        return self.card.get("region") == CELL

    @cached_property
    def _weights(self) -> Weights:
        weights = parse_weights(self.weights_path) if self.bundled else read_weights(self.weights_path)
        if weights.sha256() != self.weights_hash:
            raise CryoVesError(
                f"The weights of the model “{self.name}” are not those of its card; import it again."
            )
        return weights

    def weights(self) -> Weights:
        """The numbers, read when first asked for.

        Raises
        ------
        CryoVesError
            If the file is damaged, or is not the one that the card describes.
        """
        return self._weights


def models_folder() -> Path:
    """Where the user's models are; ``CRYOVES_DATA`` moves the data folder.

    A model whose replacing was killed half-way is back in its place afterwards.
    """
    folder = data_folder() / "models"
    clear_leftovers_once(folder)
    return folder


def list_models() -> list[Model]:
    """All models: the bundled ones, then the user's, by name. Folders without a readable card are left out."""
    found = []
    for parent in (resource_path("models"), models_folder()):
        for card in visible_files(parent, f"*/{CARD}"):
            try:
                found.append(_open_folder(card.parent))
            except CryoVesError:
                continue  # `model info` says what is wrong with one; a list shows what can be used
    return found


def load_model(name_or_path: str | Path) -> Model:
    """A model by name, by its folder, or straight from a weight file.

    Raises
    ------
    CryoVesError
        If there is none, or it cannot be read.
    """
    name = str(name_or_path)
    if _NAME.fullmatch(name):
        for parent in (models_folder(), *map(resource_path, _BUNDLED)):
            if is_file(parent / name / CARD):
                return _open_folder(parent / name)
    path = Path(name_or_path)
    if is_folder(path):
        return _open_folder(path)
    if not is_missing(path):
        card = make_card(read_weights(path), path.stem, source=path.name)
        return Model(path.stem, path.parent, card, path)
    known = ", ".join(model.name for model in list_models()) or "none"
    raise CryoVesError(f"There is no model “{name}”; known models: {known}.")


def import_weights(
    file: str | Path, name: str, force: bool = False, voxel_size_nm: float = STANDARD_VOXEL_NM
) -> Model:
    """Keep a weight file, or a model's folder, as a model of the user.

    Raises
    ------
    CryoVesError
        If the name cannot be used or is taken (without ``force``), or the file is not of this network.
    """
    path = Path(file)
    _check_name(name)
    if is_folder(path):
        source = _open_folder(path)
        return save_model(source.weights(), {**source.card, "name": name}, name, force=force)
    weights = read_weights(path)
    return save_model(weights, make_card(weights, name, path.name, voxel_size_nm), name, force=force)


def export_model(model: Model, destination: str | Path, force: bool = False) -> Path:
    """Write a model for another computer or program: ``.onnx``, ``.h5`` (Keras weights), else a model folder.

    Raises
    ------
    CryoVesError
        If the destination exists (without ``force``) or cannot be written.
    """
    path = Path(destination)
    if exists(path) and not force:
        raise CryoVesError(f"“{path}” exists already; say --force to replace it.")
    weights = model.weights()
    if path.suffix == ".onnx":
        with replacing(path) as temporary:
            temporary.write_bytes(onnx_bytes(weights))
    elif path.suffix == ".h5":
        with replacing(path) as temporary:
            write_weights(temporary, weights)
    else:
        write_folder(path, weights, model.card, only_new=not force)
    return path


def save_model(weights: Weights, card: Mapping[str, Any], name: str, force: bool = False) -> Model:
    """Keep weights and their card as the user's model ``name``.

    Raises
    ------
    CryoVesError
        If the name cannot be used or is taken (without ``force``), or the folder cannot be written.
    """
    _check_name(name)
    folder = models_folder() / name
    if exists(folder) and not force:
        raise CryoVesError(f"A model “{name}” exists already; choose another name or say --force.")
    write_folder(folder, weights, card, only_new=not force)
    return _open_folder(folder)


def make_card(
    weights: Weights, name: str, source: str, voxel_size_nm: float = STANDARD_VOXEL_NM, **more: Any
) -> dict[str, Any]:
    """A card: what the network is, and what it expects; ``more`` holds training data, scores, licence."""
    architecture = weights.architecture
    return {
        "name": name,
        "source": source,
        "voxel_size_nm": voxel_size_nm,
        "input": "Gaussian of 1 voxel, then mean 0 and standard deviation 1 over the volume; dense matter is dark",
        "architecture": {
            "unet_depth": architecture.depth,
            "filters": architecture.filters,
            "fold": architecture.fold,
        },
        "parameters": architecture.parameter_count(),
        "weights_sha256": weights.sha256(),
        "added": date.today().isoformat(),
        "cryoves": __version__,
        **more,
    }


def write_folder(
    folder: Path,
    weights: Weights,
    card: Mapping[str, Any],
    beside: Mapping[str, bytes] | None = None,
    *,
    only_new: bool = False,
) -> None:
    """Write a model's folder at once: it appears complete or not at all. ``beside`` are further files by name.

    Raises
    ------
    CryoVesError
        If another folder than a model's is there, any at all with ``only_new``, or the system refuses.
    """
    make_folders(folder.parent)
    with replacing_folder(folder, MODEL_FOLDER, only_new=only_new) as scratch:
        write_weights(scratch / WEIGHTS, weights)
        (scratch / ONNX).write_bytes(onnx_bytes(weights))
        for name, content in (beside or {}).items():
            (scratch / name).write_bytes(content)
        text = json.dumps({**card, "weights_sha256": weights.sha256()}, indent=2, ensure_ascii=False)
        (scratch / CARD).write_text(text + "\n", encoding="utf-8")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise CryoVesError(f"“{name}” cannot name a model: use letters, digits, “-”, “_” and “.”.")
    if any((resource_path(folder) / name / CARD).is_file() for folder in _BUNDLED):
        raise CryoVesError(f"“{name}” is the model that comes with CryoVes; choose another name.")


def _open_folder(folder: Path) -> Model:
    path = folder / CARD
    if not path.is_file():
        raise CryoVesError(f"“{folder}” is no model: it holds no {CARD}.")
    card = read_settings(path, "a model's card")
    if not _plausible(card):
        raise CryoVesError(
            f"The card of the model “{folder.name}” lacks its voxel size or hash, or they are none; import it again."
        )
    return Model(folder.name, folder, card, folder / WEIGHTS)


def _plausible(card: Mapping[str, Any]) -> bool:
    size, inset = card.get("voxel_size_nm"), card.get("target_inset_nm", 0.0)
    if not (_is_number(size) and _is_number(inset)):
        return False
    return 0.1 < size < 100 and abs(inset) < 100 and isinstance(card.get("weights_sha256"), str)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""What people do with models: list, look, import, export, delete, and choose the one that is used unasked."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import exists, read_settings
from cryoves_app.network.model_store import (
    DEFAULT,
    MODEL_FOLDER,
    Model,
    export_model,
    import_weights,
    list_models,
    load_model,
    models_folder,
)
from cryoves_app.storage.replacing import discard_folder, make_folders, replacing

#: Beside the user's models: the one that is used where none is named.
STANDARD = "standard.json"
_LONGEST_NAME = 50


def all_models() -> list[Model]:
    """Every model of this computer."""
    return list_models()


def check_model(name_or_path: str) -> Model:
    """A model whose weights were read and fit its card.

    Raises
    ------
    CryoVesError
        If there is none of this name, or it is damaged.
    """
    model = load_model(name_or_path)
    model.weights()
    return model


def import_model(file: Path, name: str, voxel_size_nm: float, *, force: bool) -> Model:
    """Keep a weight file or a model's folder under a name.

    Raises
    ------
    CryoVesError
        If the file is no such network, or the name is taken (without ``force``).
    """
    return import_weights(file, name, force=force, voxel_size_nm=voxel_size_nm)


def export(name_or_path: str, destination: Path, *, force: bool) -> Path:
    """Write a model for other programs: ``.onnx``, ``.h5``, or a folder.

    Raises
    ------
    CryoVesError
        If there is no such model, or the destination exists (without ``force``) or can't be written.
    """
    return export_model(load_model(name_or_path), destination, force=force)


def delete_model(name: str) -> None:
    """Remove a model of the user's.

    Raises
    ------
    CryoVesError
        If there is none of this name, it came with the program, or its folder holds files of somebody else's.
    """
    model = _kept_model(name)
    if model.bundled:
        raise CryoVesError(f"“{name}” came with CryoVes and stays.")
    discard_folder(model.folder, MODEL_FOLDER)


def standard_model() -> str:
    """Name of the model that is used where none is named: the bundled one, unless another was chosen and is there."""
    with suppress(CryoVesError):
        name = read_settings(models_folder() / STANDARD, "the choice of a model").get("model")
        if isinstance(name, str) and any(m.name == name for m in list_models()):
            return name
    return DEFAULT


def set_standard_model(name: str) -> None:
    """Use a model where none is named, from now on.

    Raises
    ------
    CryoVesError
        If there is none of this name, it finds no vesicles, or the choice cannot be written.
    """
    if _kept_model(name).finds_regions:
        raise CryoVesError(
            f"“{name}” finds regions; the model used where none is named has to find vesicles."
        )
    make_folders(models_folder())
    with replacing(models_folder() / STANDARD) as temporary:
        temporary.write_text(json.dumps({"model": name}) + "\n", encoding="utf-8")


def _kept_model(name: str) -> Model:
    found = {model.name: model for model in list_models()}
    if name not in found:
        raise CryoVesError(f"There is no model “{name}” on this computer; there are: {', '.join(found)}.")
    return found[name]


def model_place(wish: str) -> Path:
    """Where a new model of the user's goes: under the wished name, with a number where it is taken or being made."""
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", wish).strip("-._")[:_LONGEST_NAME] or "mine"
    taken = {model.name for model in list_models()}
    number, name = 2, base
    while name in taken or exists(models_folder() / f"{name}.training") or exists(models_folder() / name):
        number, name = number + 1, f"{base}-{number}"
    return models_folder() / name

"""What people do with models: list, look, import, export."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.network.model_store import Model, export_model, import_weights, list_models, load_model


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

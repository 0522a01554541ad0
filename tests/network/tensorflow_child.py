"""Everything that the tests ask TensorFlow, in one process of its own: it must not share one with OpenGL."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cryoves_app.domain.errors import Cancelled
from cryoves_app.network.architecture import Architecture, build_keras
from cryoves_app.network.engines.tensorflow import TensorFlowEngine
from cryoves_app.network.keras_model import (
    Loss,
    build_logits_model,
    fold_channels,
    loss_function,
    soft_dice_of_logits,
    unfold_channels,
)
from cryoves_app.network.keras_weights import assign_weights, weights_from
from cryoves_app.network.weight_files import parse_weights as read_weights
from tests.network.training_phantom import run


def engine(folder: Path) -> dict[str, object]:
    """The engine on the volume of the tests, and csbdeep's model after Keras itself loaded our file."""
    volume = np.load(folder / "volume.npy")
    for name in ("a", "folded"):
        tensorflow = TensorFlowEngine(read_weights(folder / f"{name}.weights.h5"))
        np.save(folder / f"{name}_engine.npy", tensorflow.predict(volume))
        architecture = tensorflow.architecture
        model = build_keras(architecture)
        model.load_weights(folder / f"{name}.weights.h5")
        np.save(folder / f"{name}_keras.npy", _run_folded(model, volume, architecture))
    return {}


def _run_folded(model: Any, volume: np.ndarray, architecture: Architecture) -> np.ndarray:
    pads = [(0, -n % architecture.multiple) for n in volume.shape]
    channels = fold_channels(np.pad(volume, pads)[None, ..., None], architecture.fold)
    found = np.asarray(unfold_channels(model(channels), architecture.fold))[0, ..., 0]
    return found[tuple(slice(n) for n in volume.shape)]


def plain_model(folder: Path) -> dict[str, object]:
    """Our own Keras network against csbdeep's."""
    return {name: _plain_model(folder, name) for name in ("a", "folded")}


def _plain_model(folder: Path, name: str) -> dict[str, object]:
    weights = read_weights(folder / f"{name}.weights.h5")
    ours, theirs = build_logits_model(weights.architecture), build_keras(weights.architecture)
    assign_weights(ours, weights)
    assign_weights(theirs, weights)
    volume = np.load(folder / "volume.npy")[None, :16, :24, :32, None]
    probability = 1 / (1 + np.exp(-np.asarray(ours(volume))[0, ..., 0]))
    expected = _run_folded(theirs, volume[0, ..., 0], weights.architecture)
    return {
        "kept": weights_from(ours, weights.architecture).sha256() == weights.sha256(),
        "sizes": [ours.count_params(), theirs.count_params()],
        "difference": float(np.abs(probability - expected).max()),
    }


def losses(folder: Path) -> dict[str, object]:
    target, logits = np.load(folder / "target.npy"), np.load(folder / "logits.npy")
    return {"all": _losses(target, logits), "half": _losses(np.load(folder / "half_known.npy"), logits)}


def _losses(target: np.ndarray, logits: np.ndarray) -> dict[str, float]:
    found = {loss.value: float(loss_function(loss)(target, logits)) for loss in Loss}
    return {"dice": float(soft_dice_of_logits(target, logits)), **found}


def training(folder: Path) -> dict[str, object]:
    """In one go, stopped and resumed, and in bfloat16."""
    straight = run(folder / "straight", 4)
    stopped = False
    try:
        run(folder / "stopped", 4, stop_after=2)
    except Cancelled:
        stopped = True
    resumed = run(folder / "stopped", 4, resume=True)
    return {
        "stopped": stopped,
        "straight": [row["loss"] for row in straight.history],
        "resumed": [row["loss"] for row in resumed.history],
        "same_weights": straight.weights.sha256() == resumed.weights.sha256(),
        "mixed": [row["loss"] for row in run(folder / "mixed", 4, mixed=True).history],
    }


if __name__ == "__main__":
    place = Path(sys.argv[1])
    answers = {part.__name__: part(place) for part in (engine, plain_model, losses, training)}
    (place / "answers.json").write_text(json.dumps(answers), encoding="utf-8")

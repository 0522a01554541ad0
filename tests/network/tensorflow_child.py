"""Everything that the tests ask TensorFlow, in one process of its own: it must not share one with OpenGL."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from cryoves_app.domain.errors import Cancelled
from cryoves_app.network.architecture import build_keras
from cryoves_app.network.engines.tensorflow import TensorFlowEngine
from cryoves_app.network.keras_model import Loss, build_logits_model, loss_function, soft_dice_of_logits
from cryoves_app.network.keras_weights import assign_weights, weights_from
from cryoves_app.network.weight_files import parse_weights as read_weights
from tests.network.training_phantom import run


def engine(folder: Path) -> dict[str, object]:
    """The engine on the volume of the tests, and csbdeep's model after Keras itself loaded our file."""
    tensorflow = TensorFlowEngine(read_weights(folder / "a.weights.h5"))
    volume = np.load(folder / "volume.npy")
    np.save(folder / "engine.npy", tensorflow.predict(volume))
    model = build_keras(tensorflow.architecture)
    model.load_weights(folder / "a.weights.h5")
    np.save(folder / "keras.npy", np.asarray(model(volume[None, ..., None]))[0, ..., 0])
    return {}


def plain_model(folder: Path) -> dict[str, object]:
    """Our own Keras network against csbdeep's."""
    weights = read_weights(folder / "a.weights.h5")
    ours, theirs = build_logits_model(weights.architecture), build_keras(weights.architecture)
    assign_weights(ours, weights)
    assign_weights(theirs, weights)
    volume = np.load(folder / "volume.npy")[None, :16, :20, :24, None]
    probability = 1 / (1 + np.exp(-np.asarray(ours(volume))))
    return {
        "kept": weights_from(ours, weights.architecture).sha256() == weights.sha256(),
        "sizes": [ours.count_params(), theirs.count_params()],
        "difference": float(np.abs(probability - np.asarray(theirs(volume))).max()),
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

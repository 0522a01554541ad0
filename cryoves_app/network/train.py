"""Training: epochs of patches, validation after each, the best weights kept, stop and resume at any epoch."""

from __future__ import annotations

import importlib.util
import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.network.architecture import Architecture
from cryoves_app.network.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from cryoves_app.network.dataset import PatchSource
from cryoves_app.network.keras_model import Loss, build_logits_model, loss_function, soft_dice_of_logits
from cryoves_app.network.keras_weights import assign_weights, weights_from
from cryoves_app.network.learned_part import LearnedPart, hold_normalisations, hold_others
from cryoves_app.network.pace import Pace
from cryoves_app.network.weights import Weights, random_weights

#: What Keras calls the metric in the scores it returns.
_DICE = "soft_dice"
#: Score of weights on held-out tomograms by name; ``loss`` must be among them.
Validation = Callable[[Weights], Mapping[str, float]]


def require_keras() -> None:
    """Say at once, before any data are read, where training cannot be.

    Raises
    ------
    CryoVesError
        Keras is not installed.
    """
    if importlib.util.find_spec("keras") is None:
        raise CryoVesError(
            "Training needs Keras and TensorFlow, which are not part of this installation; "
            "install CryoVes for Python with: pip install 'cryoves-app[train]'"
        )


@dataclass(frozen=True)
class TrainSettings:
    """How a network is trained."""

    epochs: int = 50
    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-5
    loss: Loss = Loss.BCE_DICE
    dropout: float = 0.0
    mixed_precision: bool = False
    patience: int = 0  # epochs without a better validation loss before training stops; 0: never
    seed: int = 1
    threads: int = 2
    part: LearnedPart = LearnedPart.ALL
    hold_norms: bool = False  # batch normalisation stays as it came: few patches say little about a look

    def rate(self, epoch: int) -> float:
        """Learning rate of an epoch: a half cosine from the first to the last."""
        share = epoch / max(self.epochs - 1, 1)
        falling = 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
        return self.final_learning_rate + (self.learning_rate - self.final_learning_rate) * falling


@dataclass(frozen=True)
class EpochReport:
    """What one epoch brought."""

    epoch: int
    loss: float
    dice: float
    validation: Mapping[str, float]
    seconds: float

    def row(self) -> dict[str, float]:
        """One row of the history, by the names of its columns."""
        scores = {f"validation_{name}": value for name, value in self.validation.items()}
        return {"epoch": self.epoch, "loss": self.loss, "dice": self.dice, **scores, "seconds": self.seconds}


@dataclass
class TrainResult:
    """The best weights by validation, and the history that led to them."""

    weights: Weights
    best_epoch: int
    history: list[dict[str, float]] = field(default_factory=list)


def train(
    source: PatchSource,
    start: Weights | None,
    settings: TrainSettings,
    folder: Path,
    validate: Validation | None = None,
    architecture: Architecture | None = None,
    progress: Progress | None = None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    resume: bool = False,
    on_history: Callable[[list[dict[str, float]]], None] = lambda history: None,
    stop_early: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Train a network, keeping after every epoch what is needed to go on from there.

    Parameters
    ----------
    source
        The patches.
    start
        Weights to go on from (fine-tuning), or none to start anew with ``architecture``.
    folder
        Where the checkpoint is kept.
    validate
        Scores weights on held-out tomograms; without it the training loss picks the best weights.
    resume
        Go on from the folder's checkpoint. The losses are those of a run that was never stopped.
    on_history
        Given all epochs so far after each of them, and at the start of a resumed run.
    stop_early
        Asked after each epoch; the best weights so far are the result.

    Raises
    ------
    CryoVesError
        If the checkpoint does not fit, or the disk is full.
    Cancelled
        If the user stopped; the checkpoint of the last whole epoch is there.
    """
    progress = progress or Progress()
    weights = start or random_weights(architecture or Architecture(), settings.seed)
    loop = _Loop(source, weights, settings, validate, progress)
    if resume:
        loop.restore(load_checkpoint(folder))
        on_history(loop.history)
    progress.start("train")
    while not loop.finished:
        report = loop.run_epoch()
        save_checkpoint(folder, loop.checkpoint())
        on_history(loop.history)
        on_epoch(report)
        if stop_early():
            break
    return loop.result()


class _Loop:
    """The state of one training run."""

    def __init__(
        self,
        source: PatchSource,
        weights: Weights,
        settings: TrainSettings,
        validate: Validation | None,
        progress: Progress,
    ) -> None:
        self._source, self._settings, self._validate, self._progress = source, settings, validate, progress
        self._architecture = weights.architecture
        self._model = _compiled(weights, settings)
        self.history: list[dict[str, float]] = []
        self._best: tuple[float, int, Weights] = (math.inf, 0, weights)
        self._pace = Pace()

    @property
    def _epoch(self) -> int:
        """Number of the next epoch, from 1."""
        return len(self.history) + 1

    @property
    def finished(self) -> bool:
        patience = self._settings.patience
        stuck = patience > 0 and self._epoch - 1 - self._best[1] >= patience
        return self._epoch > self._settings.epochs or stuck

    def run_epoch(self) -> EpochReport:
        self._pace.begin()
        self._model.optimizer.learning_rate = self._settings.rate(self._epoch - 1)
        loss, dice = self._steps()
        weights = weights_from(self._model, self._architecture)
        scores = dict(self._validate(weights)) if self._validate else {}
        value = scores.get("loss", loss)
        if not math.isfinite(loss):
            raise CryoVesError(
                "Training diverged: the loss is not a number; start again with a smaller learning rate."
            )
        if value < self._best[0]:
            self._best = (value, self._epoch, weights)
        report = EpochReport(self._epoch, loss, dice, scores, self._pace.end())
        self.history.append(report.row())
        return report

    def _steps(self) -> tuple[float, float]:
        count = self._source.batches_per_epoch
        loss_sum = dice_sum = 0.0
        for index, (grey, target) in enumerate(self._source.epoch(self._epoch)):
            self._report(self._epoch - 1 + index / count)
            loss, dice = _step(self._model, grey, target)
            loss_sum, dice_sum = loss_sum + loss, dice_sum + dice
        return loss_sum / count, dice_sum / count

    def _report(self, done: float) -> None:
        """Say how many epochs are done."""
        epochs = self._settings.epochs
        text = f"epoch {self._epoch} of {epochs}{self._pace.left(epochs - done)}"
        self._progress.report(done / epochs, text)

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(
            settings=json.loads(json.dumps(asdict(self._settings))),
            history=self.history,
            best_loss=self._best[0],
            best_epoch=self._best[1],
            best=self._best[2],
            state=_state(self._model),
        )

    def restore(self, saved: Checkpoint) -> None:
        fresh = json.loads(json.dumps(asdict(self._settings)))
        # A longer or shorter run, or one with other threads, is still the same training.
        free = {"epochs", "patience", "threads"}
        usual = {"part": LearnedPart.ALL.value, "hold_norms": False}  # what older checkpoints do not say
        if _without({**usual, **saved.settings}, free) != _without(fresh, free):
            raise CryoVesError("This training was started with other settings; resume it with the same ones.")
        _set_state(self._model, saved.state)
        self.history = saved.history
        self._best = (saved.best_loss, saved.best_epoch, saved.best)

    def result(self) -> TrainResult:
        return TrainResult(self._best[2], self._best[1], self.history)


def _without(settings: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in names}


def _compiled(weights: Weights, settings: TrainSettings) -> Any:
    """The model with its optimiser, and all of its state in place."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    _set_threads(settings.threads)
    keras.utils.set_random_seed(settings.seed)
    model = build_logits_model(weights.architecture, settings.dropout, settings.mixed_precision)
    assign_weights(model, weights)
    hold_others(model, weights.architecture, settings.part)
    if settings.hold_norms:
        hold_normalisations(model)
    # XLA makes convolutions on a processor eight times slower under TensorFlow.
    jit: Any = "auto" if keras.backend.backend() == "jax" else False
    model.compile(
        keras.optimizers.Adam(settings.learning_rate),
        loss=loss_function(settings.loss),
        metrics=[keras.metrics.MeanMetricWrapper(soft_dice_of_logits, name=_DICE)],
        jit_compile=jit,
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _set_threads(threads: int) -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        return  # TensorFlow runs already in this process, with the threads it has


def _step(model: Any, grey: Any, target: Any) -> tuple[float, float]:
    """One step of the optimiser; loss and Dice of this batch alone."""
    model.reset_metrics()
    scores = model.train_on_batch(grey, target, return_dict=True)
    return float(scores["loss"]), float(scores[_DICE])


def _state(model: Any) -> list[Any]:
    """Weights, seeds of dropout and the optimiser's moments."""
    import keras

    kept = [*_own_variables(model), *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(v) for v in kept]


def _set_state(model: Any, arrays: list[Any]) -> None:
    kept = [*_own_variables(model), *model.optimizer.variables]
    if [tuple(v.shape) for v in kept] != [a.shape for a in arrays]:
        raise CryoVesError("The checkpoint belongs to another network; start training anew.")
    for variable, array in zip(kept, arrays, strict=True):
        variable.assign(array)


def _own_variables(model: Any) -> list[Any]:
    return [v for layer in model.layers for v in layer.variables]

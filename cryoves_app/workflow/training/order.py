"""What a training is told, and what comes of it. Light, no numerics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.workflow.jobs.messages import Order


@dataclass(frozen=True)
class Trained:
    """A finished training: a figure by name for each epoch, and the scores on whole held-out tomograms."""

    sentence: str
    model: str
    best_epoch: int
    history: tuple[Mapping[str, float], ...]
    scores: Mapping[str, float]


@dataclass(frozen=True)
class MaskTruth:
    """Label volumes beside tomograms: ``NAME_name.mrc``, or the usual ones where no name is given."""

    label: int = 1
    name: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """What the label volume of ``NAME.mrc`` may be called after ``NAME``, the first that is there."""
        names = (self.name,) if self.name else ("regions", "labels")
        return tuple(f"_{name}{ending}" for name in names for ending in (".mrc", ".tif"))

    def words(self) -> str:
        """What is learned, in a few words."""
        return f"label {self.label} of NAME_{self.name or 'regions'}.mrc"


@dataclass(frozen=True)
class TrainJob(Order[Trained], kind="train"):
    """What to train, from what, and where the model goes; plain values, for the worker.

    ``more`` are further folders or files to learn from; ``simulated`` tomograms are mixed in. With ``learns`` ``mask``
    the network learns which voxels of label volumes have this ``label``; the volumes are called as the tomogram with
    ``_masks`` after it, where ``masks`` is not empty. ``voxel_size_nm`` is that of a new network.
    """

    dataset: str
    output: str
    start: str | None = None
    filters: int = 16
    fold: int = 2
    epochs: int = 50
    patches: int = 860
    patch_px: int = 32
    batch: int = 4
    patch_rule: str = "fresh"
    augment: bool = True
    loss: str = "bce-dice"
    learning_rate: float = 1e-3
    dropout: float = 0.0
    mixed_precision: bool = False
    patience: int = 0
    hold_out: float = 0.1
    seed: int = 1
    threads: int = 2
    resume: bool = False
    force: bool = False
    command: str = ""
    more: tuple[str, ...] = ()
    simulated: int = 0
    learns: str = "vesicles"
    label: int = 1
    masks: str = ""
    voxel_size_nm: float | None = None

    @property
    def mask(self) -> MaskTruth | None:
        """Which label volumes are learned; ``None`` where vesicles are."""
        return MaskTruth(self.label, self.masks) if self.learns == "mask" else None

    @property
    def sources(self) -> tuple[Path, ...]:
        """All folders and files to learn from."""
        return tuple(Path(place) for place in (self.dataset, *self.more) if place)

    @property
    def unfinished(self) -> Path:
        """Where the training is kept until it is finished, and its checkpoint after that."""
        return Path(f"{self.output}.training")

"""What adapting to tomograms without labels is told, and what comes of it. Light, no numerics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryoves_app.workflow.jobs.messages import Order
from cryoves_app.workflow.training.improve_order import ImproveOrder


@dataclass(frozen=True)
class Evidence:
    """Accepted vesicles in the held-out boxes, and their membrane in nm², weighed by likeness.

    ``candidates_f1`` tells how well the network's candidates, before any fit, agree with what the fits accept.
    """

    vesicles: int
    membrane_nm2: float
    candidates_f1: float = 0.0


@dataclass(frozen=True)
class Adapted:
    """What came of it; ``model`` is empty where the new network was dropped."""

    sentence: str
    model: str
    before: Evidence
    after: Evidence
    simulated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class AdaptOrder(Order[Adapted], kind="adapt"):
    """Which tomograms, which network, and where the new one goes; plain values, for the worker."""

    tomograms: tuple[str, ...]
    output: str
    start: str = "default"
    voxel_size_nm: float | None = None
    epochs: int = 3
    patches: int = 150
    learning_rate: float = 2e-4
    mixed_in: int = 6
    judged_by: int = 3
    seed: int = 1
    threads: int = 2
    force: bool = False
    command: str = ""
    resume: bool = False

    @property
    def unfinished(self) -> Path:
        """Where it is kept until it is finished."""
        return Path(f"{self.output}.training")

    @property
    def as_round(self) -> ImproveOrder:
        """The same as a round of improving, for its steps."""
        return ImproveOrder(
            (),
            self.output,
            self.start,
            epochs=self.epochs,
            patches=self.patches,
            learning_rate=self.learning_rate,
            seed=self.seed,
            threads=self.threads,
            resume=self.resume,
        )

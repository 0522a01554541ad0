"""What improving a network with corrections is told, and what comes of it. Light, no numerics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryoves_app.workflow.jobs.messages import Order


@dataclass(frozen=True)
class Improved:
    """The new model, and scores by name (Dice, F1) before and after.

    ``corrected`` is of held-out corrected tomograms, empty where there were too few to hold one out; ``simulated`` of
    simulated ones that neither network learned from.
    """

    sentence: str
    model: str
    corrected: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    simulated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class ImproveOrder(Order[Improved], kind="improve"):
    """Which corrected projects, which network, and where the new one goes; plain values, for the worker.

    So many simulated tomograms are ``mixed_in``, and both networks are ``judged_by`` so many others.
    """

    projects: tuple[str, ...]
    output: str
    start: str = "default"
    part: str = "all"
    epochs: int = 4
    patches: int = 150
    learning_rate: float = 3e-4
    mixed_in: int = 6
    judged_by: int = 3
    seed: int = 1
    threads: int = 2
    force: bool = False
    command: str = ""
    resume: bool = False
    hold_norms: bool = True

    @property
    def unfinished(self) -> Path:
        """Where the round is kept until it is finished."""
        return Path(f"{self.output}.training")

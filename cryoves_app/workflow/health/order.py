"""What the check of the engines is told, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass

from cryoves_app.workflow.jobs.messages import Order


@dataclass(frozen=True)
class EnginesFound:
    """The engines of this computer, and the one that a run would use: its ``device`` and why it was chosen.

    ``fell_back`` says that it is not what was asked for, ``seconds`` how long a typical tomogram takes.
    """

    engines: tuple[str, ...]
    used: str
    device: str
    why: str
    fell_back: bool
    seconds: float
    sentence: str


@dataclass(frozen=True)
class CheckOrder(Order[EnginesFound], kind="check"):
    """Which engine and device to try."""

    engine: str = "auto"
    device: str = "auto"
    threads: int = 2
    precision: str = "auto"

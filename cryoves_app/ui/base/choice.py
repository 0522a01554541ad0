"""What can be answered to a sentence of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """A button of a notice; without ``run`` it only puts the notice away."""

    text: str
    run: Callable[[], object] = lambda: None

"""On what the network of a run is computed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineOptions:
    """Where the network runs."""

    engine: str = "auto"
    device: str = "auto"
    threads: int = 2
    precision: str = "auto"

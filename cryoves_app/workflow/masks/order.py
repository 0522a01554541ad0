"""What finding regions is told, and what comes of it. Light, no numerics."""

from __future__ import annotations

from dataclasses import dataclass

from cryoves_app.domain.region import Region
from cryoves_app.workflow.jobs.messages import Order


@dataclass(frozen=True)
class MaskFound:
    """The files, how many pieces were found and how large they are together, and Dice where there is a truth."""

    sentence: str
    labels: str
    regions: str
    pieces: int
    volume_nm3: float
    dice: float | None = None
    outline: Region | None = None


@dataclass(frozen=True)
class MaskOrder(Order[MaskFound], kind="mask"):
    """Which tomogram, which model, and where the results go (nowhere if empty); plain values, for the worker.

    Pieces below ``smallest_nm3`` are left out; outlines are drawn on every ``every``-th slice. With ``into`` they come
    into a project; ``threshold`` is the model's own where it is ``None``. ``truth`` is a label volume whose voxels of
    ``truth_label`` are the true ones.
    """

    tomogram: str
    folder: str
    model: str
    voxel_size_nm: float | None = None
    threshold: float | None = None
    smallest_nm3: float = 10_000.0
    every: int = 5
    into: str = ""
    truth: str = ""
    truth_label: int = 1
    threads: int = 2
    force: bool = False

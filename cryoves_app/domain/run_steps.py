"""What one step of a run did, and the map that its network step left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NetworkMap:
    """A file of the network's probabilities ``(z, y, x)``, float32 in ``.npy``, on a grid of its own voxel size.

    ``corner_nm`` is where the middle of its first voxel lies in the tomogram, whose own first is at 0.
    """

    path: str
    voxel_size_nm: float
    corner_nm: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class StepReport:
    """One finished step. ``before`` and ``after`` count segments or vesicles; ``None`` where nothing is counted.

    ``wall_s`` and ``cpu_s`` are seconds; ``cached`` says that an earlier run's result was taken. Of a network step,
    ``engine`` and ``device`` tell what computed it (empty if cached), and ``map`` where its result lies.
    """

    name: str
    before: int | None = None
    after: int | None = None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    cached: bool = False
    note: str = ""
    engine: str = ""
    device: str = ""
    map: NetworkMap | None = None

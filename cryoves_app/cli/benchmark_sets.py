"""Which tomograms a benchmark simulates."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryoves_app.workflow.quality.simulation import SimulationRequest

#: Seeds that no bundled model was trained on, by preset.
FIRST_SEEDS = {
    "test-grid": 40_000, "crowded": 41_000, "no-vesicles": 42_000, "training": 50_000, "training-varied": 50_000,
}  # fmt: skip

#: Presets whose point it is to hold no vesicle, whatever number is asked for.
WITHOUT_VESICLES = ("no-vesicles",)


def simulation_requests(args: argparse.Namespace, presets: Sequence[str]) -> list[SimulationRequest]:
    """What is simulated: so many tomograms of each preset."""
    from cryoves_app.workflow.quality.simulation import SimulationRequest

    voxel_nm = args.voxel_size / 10 if args.voxel_size else None
    return [
        SimulationRequest(
            preset, number, args.shape, voxel_nm, None if preset in WITHOUT_VESICLES else args.vesicles
        )
        for preset in presets
        for number in _seeds(args, preset)
    ]


def _seeds(args: argparse.Namespace, preset: str) -> Iterable[int]:
    first = FIRST_SEEDS.get(preset, 1) if args.first_seed is None else args.first_seed
    return range(first, first + args.seeds)

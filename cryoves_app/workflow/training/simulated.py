"""Small simulated tomograms that keep a network from forgetting: made once, and kept with what can be made anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryoves_app.domain.folders import cache_folder
from cryoves_app.domain.progress import Progress
from cryoves_app.network.dataset import Scan
from cryoves_app.workflow.quality.simulation import (
    SimulatedFiles,
    SimulationRequest,
    is_simulation,
    write_simulation,
)
from cryoves_app.workflow.training.data import Pair, read_scan

#: Seeds of the preset ``training-varied`` that no bundled network learned from, nor was scored by.
LEARNED_SEEDS = tuple(range(72_000, 72_006))
HELD_OUT_SEEDS = tuple(range(72_100, 72_103))
#: By these the share of a new network is picked, so that those above stay unseen until the end.
PICK_SEEDS = tuple(range(72_150, 72_153))
#: More of them, should more be asked for.
_FURTHER_SEEDS = 72_200
_SHAPE, _VESICLES = (72, 144, 144), 26


def more_seeds(count: int) -> tuple[int, ...]:
    """Seeds of so many tomograms to learn from; those that are kept already come first."""
    further = range(_FURTHER_SEEDS, _FURTHER_SEEDS + max(0, count - len(LEARNED_SEEDS)))
    return (*LEARNED_SEEDS[:count], *further)


def simulated_scans(seeds: Sequence[int], voxel_nm: float, progress: Progress) -> tuple[Scan, ...]:
    """Simulated tomograms with voxels of the network's size.

    Raises
    ------
    CryoVesError
        If they cannot be kept.
    """
    folder = cache_folder() / "simulated" / f"{voxel_nm * 10:.1f}"
    progress.start("simulate", "tomograms to be mixed in")
    scans = []
    for number, seed in enumerate(seeds):
        progress.report(number / len(seeds), f"simulated tomogram {number + 1} of {len(seeds)}")
        files = _files(folder, seed, voxel_nm, progress)
        scans.append(read_scan(Pair(files.tomogram, files.labels), folder / "inputs", voxel_nm))
    return tuple(scans)


def _files(folder: Path, seed: int, voxel_nm: float, progress: Progress) -> SimulatedFiles:
    request = SimulationRequest("training-varied", seed, _SHAPE, voxel_nm, _VESICLES)
    files = SimulatedFiles.named(folder, f"varied_{seed}")
    if not is_simulation(files, request):
        files, _ = write_simulation(
            request, folder, f"varied_{seed}", Progress(token=progress.token), force=True
        )
    return files

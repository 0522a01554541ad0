"""A tiny training run for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.network.architecture import Architecture
from cryoves_app.network.augment import Augmentation
from cryoves_app.network.dataset import PatchSettings, PatchSource, Scan, target_from_spheres
from cryoves_app.network.train import EpochReport, TrainResult, TrainSettings, train


def scan(seed: int = 0, vesicles: int = 12) -> Scan:
    """Dark shells in noise, 40³."""
    rng = np.random.default_rng(seed)
    shape = (40, 40, 40)
    spheres = np.column_stack([rng.uniform(6, 34, (vesicles, 3)), rng.uniform(4, 6, vesicles)])
    grid = np.indices(shape)
    volume = rng.normal(0, 0.4, shape)
    for *centre, radius in spheres:
        distance = np.sqrt(sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True)))
        volume -= 2 * np.exp(-((distance - radius) ** 2))
    volume = ndimage.gaussian_filter(volume, 0.7)
    normalised = ((volume - volume.mean()) / volume.std()).astype(np.float32)
    return Scan(f"phantom {seed}", normalised, target_from_spheres(spheres, shape, 1.0), spheres)


def run(
    folder: Path, epochs: int, *, resume: bool = False, stop_after: int = 0, mixed: bool = False
) -> TrainResult:
    """Train a small network for some epochs; stop after one of them as a user would."""
    token = CancelToken()

    def on_epoch(report: EpochReport) -> None:
        if report.epoch == stop_after:
            token.cancel()

    source = PatchSource([scan(0), scan(1)], PatchSettings(16, 12, 4), 5, Augmentation())
    settings = TrainSettings(epochs=epochs, learning_rate=1e-2, dropout=0.1, mixed_precision=mixed)
    return train(
        source,
        None,
        settings,
        folder,
        None,
        Architecture(2, 4),
        Progress(token=token),
        on_epoch,
        resume=resume,
    )

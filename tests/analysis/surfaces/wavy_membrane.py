"""A wavy membrane with its cleft and the other cell's membrane, in noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage as ndi

from cryoves_app.domain.arrays import Grey, Points


@dataclass(frozen=True)
class WavyMembrane:
    """The terminal lies at small ``y``; the mid-plane is ``y = surface(z, x)``, the other membrane's 25 nm beyond."""

    shape: tuple[int, int, int] = (36, 90, 110)
    voxel_nm: float = 2.2
    noise: float = 0.6
    fringe: float = 0.0
    seed: int = 1
    cleft_nm: float = 25.0

    def surface(self, z: np.ndarray, x: np.ndarray) -> np.ndarray:
        """In voxels."""
        return 45 + 5 * np.sin(2 * np.pi * x / 150) + 3 * np.sin(2 * np.pi * z / 80 + 1)

    @property
    def grey(self) -> Grey:
        z, y, x = np.ogrid[: self.shape[0], : self.shape[1], : self.shape[2]]
        away = (y - self.surface(z, x)) * self.voxel_nm
        walls = np.exp(-(away**2) / 12) + np.exp(-((away - self.cleft_nm) ** 2) / 12)
        bright = self.fringe * np.exp(-((away + 7) ** 2) / 8)
        noise = ndi.gaussian_filter(np.random.default_rng(self.seed).normal(size=self.shape), 0.7)
        return np.asarray(bright - walls + self.noise * noise / noise.std() * 0.5, np.float32)

    def click(self, z: int, x: float, off_nm: float = 0.0) -> list[float]:
        """``y, x`` on the mid-plane, or beside it towards the other cell."""
        return [float(self.surface(np.array(z), np.array(x))) + off_nm / self.voxel_nm, x]

    def errors_nm(self, points: np.ndarray) -> np.ndarray:
        """Of points ``(z, n, 2)``: distance beyond the true mid-plane along y."""
        z = np.arange(len(points))[:, None]
        return (points[..., 0] - self.surface(z, points[..., 1])) * self.voxel_nm

    @property
    def terminal(self) -> Points:
        return np.array([15.0, self.shape[2] / 2])

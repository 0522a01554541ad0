"""What chance gives: the same two surfaces put elsewhere in the region, where no two vesicles face each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.links.field import LinkField
from cryoves_app.analysis.links.ways import Facing
from cryoves_app.domain.arrays import BoolMask, Points, SpheresPx, Values

#: Places tried for each pair, and how far from every vesicle its gap must stay, in nm.
_TRIED, _ROOM_NM = 256, 6.0


class Placements:
    """Puts the other surface at random places around one of two, turned about the beam so that the wedge stays.

    The surface that stays is a real one, whose wall may be denser or less round than those of others.
    """

    def __init__(self, space: LinkField, spheres_px: SpheresPx, voxel_nm: float, seed: int) -> None:
        self._space, self._voxel_nm = space, voxel_nm
        self._spheres = spheres_px * voxel_nm
        self._tree = cKDTree(self._spheres[:, :3])
        self._widest = float(self._spheres[:, 3].max(initial=0))
        self._rng = np.random.default_rng(seed)

    def of(self, a: Facing, b: Facing, gap_nm: float, count: int) -> list[tuple[Facing, Facing]]:
        """Up to so many placements, ``gap_nm`` apart as they were; fewer where the region has little room."""
        found = []
        spheres = [(a, b)] if b.radius_nm is None else [(a, b), (b, a)]
        for number, (stays, moves) in enumerate(spheres):
            share = count // len(spheres) + (number < count % len(spheres))
            ways = self._drawn(stays.towards)
            along = (stays.radius_nm or 0.0) + np.linspace(0, gap_nm + 2, 5)[None, :, None]
            free = self._is_free(stays.centre_nm + along * ways[:, None], stays.centre_nm).all(axis=1)
            for way in ways[free][:share]:
                front = stays.centre_nm + way * ((stays.radius_nm or 0.0) + gap_nm)
                centre = front + way * (moves.radius_nm or 0.0)
                found.append((replace(stays, towards=way), replace(moves, centre_nm=centre, towards=-way)))
        return found

    def _drawn(self, towards: Values) -> Points:
        angle = self._rng.uniform(0, 2 * np.pi, _TRIED)
        cos, sin = np.cos(angle), np.sin(angle)
        _, y, x = towards
        up = towards[0] * self._rng.choice([-1.0, 1.0], _TRIED)
        return np.stack([up, cos * y - sin * x, sin * y + cos * x], axis=1)

    def _is_free(self, points_nm: Points, own_nm: Values) -> BoolMask:
        """Whether points ``(…, 3)`` lie in the region, away from all other vesicles than that about ``own_nm``."""
        flat = points_nm.reshape(-1, 3)
        voxel = np.rint(flat / self._voxel_nm).astype(int) - self._space.corner_px
        inside = ((voxel >= 0) & (voxel < self._space.shape)).all(axis=1)
        free: BoolMask = np.array(inside, bool)
        first = np.arange(len(flat)) % points_nm.shape[1] == 0
        free[inside] &= self._space.region[tuple(voxel[inside].T)] | first[inside]
        near = self._tree.query_ball_point(
            own_nm, float(np.linalg.norm(flat - own_nm, axis=1).max()) + self._widest + _ROOM_NM
        )
        others = self._spheres[[n for n in near if np.linalg.norm(self._spheres[n, :3] - own_nm) > 1e-3]]
        if len(others):
            away = np.linalg.norm(flat[:, None] - others[None, :, :3], axis=2) - others[:, 3]
            free &= (away >= _ROOM_NM).all(axis=1)
        return free.reshape(points_nm.shape[:-1])

"""Where a fit by hand starts: the place near a click at which the blurred image looks most like a membrane."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from cryoves_app.analysis.membrane.radial import Profile
from cryoves_app.analysis.membrane.shell import GreySource, View
from cryoves_app.analysis.membrane.starts import best_radius
from cryoves_app.domain.arrays import Array, MidSphere
from cryoves_app.domain.recipe_settings import FitSettings

#: Steps of the search, in nm, and how many of each are made at most.
CLIMB_STEPS_NM = (5.0, 2.5)
_MOST_CLIMBS = 6
#: After the long steps only radii this near to the best one are tried.
_NEAR_NM = 3.0
#: How far from the middle of one vesicle two within it are looked for, as a share of their radius.
_PAIR_SHARE = 0.9
_RIM_PX = 8
_AXES: tuple[Array, ...] = tuple(sign * axis for axis in np.eye(3) for sign in (1.0, -1.0))
#: One of each pair of opposite directions.
_HALF: tuple[Array, ...] = tuple(
    np.array(d) / np.linalg.norm(d) for d in product((-1, 0, 1), repeat=3) if d > (0, 0, 0)
)


@dataclass(frozen=True)
class StartSearch:
    """The blurred grey values around a point, cut out once for many tries.

    Attributes
    ----------
    source
        The part of the tomogram, blurred.
    offset_nm : (3,) array
        Where it begins in the tomogram, ``z, y, x``.
    profile
        What a membrane looks like.
    tilt_range_deg
        For the missing wedge.
    """

    source: GreySource
    offset_nm: Array
    profile: Profile
    tilt_range_deg: float

    @classmethod
    def of(
        cls, source: GreySource, profile: Profile, settings: FitSettings, centre_nm: Array, reach_nm: float
    ) -> StartSearch:
        """What lies within ``reach_nm`` of a point.

        Parameters
        ----------
        centre_nm : (3,) array
            ``z, y, x`` in nm.
        """
        voxel = source.voxel_size_nm
        centre, reach = centre_nm / voxel, reach_nm / voxel + _RIM_PX
        shape = np.array(source.data.shape)
        low = np.clip(np.floor(centre - reach), 0, shape).astype(np.intp)
        high = np.clip(np.ceil(centre + reach) + 1, low, shape).astype(np.intp)
        grey = View(settings.blur_nm).apply(source.box(low, high), voxel)
        return cls(
            GreySource(grey, voxel, 0.0, 1.0),
            np.asarray(low * voxel, np.float64),
            profile,
            settings.tilt_range_deg,
        )

    def gain(self, centre_nm: Array, radii_nm: tuple[float, float]) -> tuple[float, float]:
        """Best mid-plane radius at a point, and how much it explains.

        Parameters
        ----------
        centre_nm : (3,) array
            ``z, y, x`` in nm.
        radii_nm
            The smallest and largest mid-plane radius to try.
        """
        return best_radius(
            self.source, centre_nm - self.offset_nm, radii_nm, self.profile, View(), self.tilt_range_deg
        )

    def climb(self, centre_nm: Array, radii_nm: tuple[float, float]) -> MidSphere:
        """The place near a point at which a membrane explains most, by steps along the axes.

        Parameters
        ----------
        centre_nm : (3,) array
            ``z, y, x`` in nm.
        radii_nm
            The smallest and largest mid-plane radius to try.

        Returns
        -------
        (4,) array
            ``z, y, x`` and mid-plane radius in nm.
        """
        centre, radii = centre_nm, radii_nm
        radius, gain = self.gain(centre, radii)
        back: Array | None = None
        for step in CLIMB_STEPS_NM:
            for _ in range(_MOST_CLIMBS):
                ways = [d for d in _AXES if back is None or not np.array_equal(d, back)]
                tried = [(d, *self.gain(centre + step * d, radii)) for d in ways]
                way, found, height = max(tried, key=lambda t: t[2])
                if height <= gain:
                    break
                centre, radius, gain, back = centre + step * way, found, height, -way
            back = None
            radii = (max(radii[0], radius - _NEAR_NM), min(radii[1], radius + _NEAR_NM))
        return np.array([*centre, radius])

    def best_pair(
        self, centre_nm: Array, radius_nm: float, radii_nm: tuple[float, float]
    ) -> tuple[MidSphere, MidSphere]:
        """Two spheres on either side of a point, along the direction in which two membranes explain most.

        Parameters
        ----------
        centre_nm : (3,) array
            ``z, y, x`` in nm.
        radius_nm
            Their usual mid-plane radius.
        radii_nm
            The smallest and largest mid-plane radius to try.

        Returns
        -------
        two (4,) arrays
            ``z, y, x`` and mid-plane radius in nm.
        """
        offsets = [direction * _PAIR_SHARE * radius_nm for direction in _HALF]
        _, first, second, offset = max(
            ((*self._pair_gain(centre_nm, offset, radii_nm), offset) for offset in offsets),
            key=lambda found: found[0],
        )
        return np.array([*(centre_nm + offset), first]), np.array([*(centre_nm - offset), second])

    def _pair_gain(
        self, centre: Array, offset: Array, radii: tuple[float, float]
    ) -> tuple[float, float, float]:
        one, two = (self.gain(centre + s * offset, radii) for s in (1, -1))
        return min(one[1], two[1]), one[0], two[0]

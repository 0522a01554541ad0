"""A tomogram's own vesicles as a template: the places that look most like them, also where a network is blind.

A matched filter (North, Proc. IEEE 51, 1016, 1963): the mean radial profile of vesicles that are known is laid around
every voxel, at several radii. A whole shell is summed, so it sees through noise that hides each part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import fft, ndimage
from scipy.spatial import cKDTree

from cryoves_app.analysis.fits.distinct import keep_distinct
from cryoves_app.analysis.network_input.padded_blocks import padded_blocks
from cryoves_app.domain.arrays import Grey, Indices, Points, SpheresPx, Values, Window
from cryoves_app.domain.progress import Progress

#: The profile reaches this far inside and outside the outer edge, in bins so wide, all in voxels.
_INSIDE_PX, _OUTSIDE_PX, _BIN_PX = 14.0, 4.0, 0.5
#: Sizes that are tried: these quantiles of the known radii.
_SIZES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Blocks that are filtered at a time.
_BLOCK_PX = 128
#: Places that share more than this of the smaller one's volume are one; a place nearer to a known vesicle than that
#: share of both radii belongs to it.
_SHARED, _APART = 0.056, 0.8
_PEAK_PX = 5
_MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class OwnProfile:
    """Mean grey value by distance from the outer edge, outside positive, and the radii that are looked for.

    Attributes
    ----------
    distances_px, grey : (n,) arrays
        In voxels, and in the image's unit.
    radii_px
        Outer radii in voxels.
    """

    distances_px: Values = field(repr=False)
    grey: Values = field(repr=False)
    radii_px: tuple[float, ...]

    @classmethod
    def of(cls, image: Grey, spheres_px: SpheresPx) -> OwnProfile:
        """Of known vesicles.

        Parameters
        ----------
        image : (z, y, x) array
            Any unit.
        spheres_px : (n, 4) array
            ``z, y, x`` and outer radius in voxels; at least one.
        """
        count = round((_INSIDE_PX + _OUTSIDE_PX) / _BIN_PX)
        sums, numbers = np.zeros(count), np.zeros(count)
        for sphere in spheres_px:
            window, distance = _distances(sphere, image.shape)
            place = np.floor((distance + _INSIDE_PX) / _BIN_PX).astype(np.intp)
            inside = (place >= 0) & (place < count)
            sums += np.bincount(place[inside], np.asarray(image[window])[inside], count)
            numbers += np.bincount(place[inside], minlength=count)
        known = numbers > 0
        distances = np.linspace(-_INSIDE_PX + _BIN_PX / 2, _OUTSIDE_PX - _BIN_PX / 2, count)
        radii = np.unique(np.quantile(spheres_px[:, 3], _SIZES))
        return cls(distances[known], sums[known] / numbers[known], tuple(radii.tolist()))

    def template(self, radius_px: float) -> Grey:
        """What is laid around a voxel.

        Parameters
        ----------
        radius_px
            Outer radius of the vesicle that it holds, in voxels.

        Returns
        -------
        (z, y, x) array
            A cube, without unit: the mean is 0, the sum of squares 1.
        """
        half = int(np.ceil(radius_px + _OUTSIDE_PX))
        z, y, x = np.ogrid[-half : half + 1, -half : half + 1, -half : half + 1]
        distance = np.sqrt(z**2 + y**2 + x**2) - radius_px
        within = distance < _OUTSIDE_PX
        cube = np.where(within, np.interp(distance, self.distances_px, self.grey), 0.0)
        cube[within] -= cube[within].mean()
        length = float(np.sqrt((cube**2).sum()))
        return (cube / length if length else cube).astype(np.float32)


def search_by_profile(
    image: Grey, profile: OwnProfile, least: float, progress: Progress | None = None
) -> SpheresPx:
    """The places that look most like the profile.

    Parameters
    ----------
    image : (z, y, x) array
        In the profile's unit; read block by block.
    profile
        What is looked for.
    least
        How much it must stand out, in standard deviations of what the filter gives nearby.

    Returns
    -------
    (n, 5) array
        ``z, y, x`` and outer radius in voxels, and by how many standard deviations; the likeliest first, none within
        another.
    """
    templates = [profile.template(radius) for radius in profile.radii_px]
    margin = max((cube.shape[0] // 2 for cube in templates), default=0)
    blocks = list(padded_blocks(image.shape, _BLOCK_PX, margin))
    found: list[Values] = []
    for number, (inner, box, crop) in enumerate(blocks):
        if progress is not None:
            progress.report(number / len(blocks))
        answer, size = _answers(np.asarray(image[box], np.float32), templates, crop)
        peaks = np.argwhere((answer == ndimage.maximum_filter(answer, _PEAK_PX)) & (answer > least))
        for z, y, x in peaks:
            start = (inner[0].start + z, inner[1].start + y, inner[2].start + x)
            found.append(np.array([*start, profile.radii_px[size[z, y, x]], answer[z, y, x]], float))
    places = np.array(sorted(found, key=lambda place: -place[4]), float).reshape(-1, 5)
    return places[keep_distinct(places[:, :4], places[:, 4], _SHARED)]


def _distances(sphere: Values, shape: Sequence[int]) -> tuple[Window, Values]:
    """A window around a sphere, and how far its voxels lie outside the surface."""
    centre, radius = sphere[:3], sphere[3]
    reach = radius + _OUTSIDE_PX
    window = tuple(
        slice(int(np.clip(np.floor(c - reach), 0, n)), int(np.clip(np.ceil(c + reach) + 1, 0, n)))
        for c, n in zip(centre, shape, strict=True)
    )
    z, y, x = np.ogrid[window]
    return window, np.sqrt((z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2) - radius


def _answers(box: Grey, templates: Sequence[Grey], crop: Window) -> tuple[Grey, Indices]:
    """The best answer of all templates in a block, in standard deviations, and which template gave it."""
    edge = max(cube.shape[0] for cube in templates)
    shape = [fft.next_fast_len(n + edge - 1, real=True) for n in box.shape]
    spectrum = fft.rfftn(box, shape)
    inner = tuple(part.stop - part.start for part in crop)
    best, which = np.full(inner, -np.inf, np.float32), np.zeros(inner, np.intp)
    for number, cube in enumerate(templates):
        half = cube.shape[0] // 2
        # the template is even, so to convolve is to correlate; its centre lies half a cube further
        full = fft.irfftn(spectrum * fft.rfftn(cube, shape), shape)
        answer = full[tuple(slice(half, half + n) for n in box.shape)][crop].astype(np.float32)
        answer -= np.median(answer)
        answer /= (_MAD_TO_SD * float(np.median(np.abs(answer)))) or 1.0
        better = answer > best
        best[better], which[better] = answer[better], number
    return best, which


def outside_of(places: SpheresPx, spheres_px: SpheresPx) -> Points:
    """Those places that lie within no known sphere.

    Parameters
    ----------
    places : (n, 5) array
        ``z, y, x`` and outer radius in voxels, and how likely.
    spheres_px : (n, 4) array
        ``z, y, x`` and outer radius in voxels.

    Returns
    -------
    (n, 5) array
        In the same units.
    """
    if not len(places) or not len(spheres_px):
        return places
    tree, largest = cKDTree(spheres_px[:, :3]), float(places[:, 3].max() + spheres_px[:, 3].max())
    outside = []
    for place, near in zip(places, tree.query_ball_point(places[:, :3], _APART * largest), strict=True):
        away = np.linalg.norm(spheres_px[near, :3] - place[:3], axis=1)
        outside.append(bool((away >= _APART * (place[3] + spheres_px[near, 3])).all()))
    return places[outside]

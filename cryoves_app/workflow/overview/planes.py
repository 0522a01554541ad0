"""Slices of a tomogram with what lies in them: the flat panels of the overview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.volume import GridMap, Volume, VoxelArray

COLOURS = {Status.ACCEPTED: "#56B4E9", Status.OUTLIER: "#E69F00", Status.REJECTED: "#D55E00"}
LINES: dict[Status, Any] = {Status.ACCEPTED: "-", Status.OUTLIER: (0, (4, 1.5)), Status.REJECTED: (0, (1, 1))}
OUTSIDE = "#CC79A7"

#: Axes of the planes in (z, y, x): the one looked along, the vertical, the horizontal.
PLANES = {"XY": (0, 1, 2), "XZ": (1, 0, 2), "YZ": (2, 1, 0)}
#: So many nanometres around the central slice are averaged, for noise.
SLAB_NM = 8.0
#: And the slice is blurred by so much, for the same reason.
BLUR_NM = 1.5
#: A panel has about 800 pixels.
_MOST_PIXELS = 1600
_GAP_INCHES = 0.03


@dataclass(frozen=True)
class Scene:
    """What there is to draw."""

    volume: Volume
    probability: GridMap | None
    vesicles: tuple[Vesicle, ...]

    @property
    def size_nm(self) -> tuple[float, float, float]:
        z, y, x = (n * self.volume.voxel_size_nm for n in self.volume.shape)
        return z, y, x

    def centre_nm(self, axis: int) -> float:
        """Where the central slice across an axis lies."""
        return (self.volume.shape[axis] // 2) * self.volume.voxel_size_nm


#: Draws into axes what a scene has on a plane.
Overlay = Callable[[Any, Scene, str], None]
#: Left, bottom, width, height in fractions of the figure.
FigureBox = Sequence[float]


def colour_of(vesicle: Vesicle) -> str:
    """By status; one colour for all that lie outside the region."""
    return OUTSIDE if vesicle.inside_region is False else COLOURS[vesicle.status]


def draw_planes(figure: Figure, box: FigureBox, scene: Scene, overlay: Overlay) -> None:
    """One panel: XY, with YZ to its right and XZ below, all to the same scale."""
    left, bottom, width, height = box
    z, y, x = scene.size_nm
    across, up = width / (x + z), height / (y + z)
    places = {
        "XY": (left, bottom + z * up, x * across, y * up),
        "YZ": (left + x * across, bottom + z * up, z * across, y * up),
        "XZ": (left, bottom, x * across, z * up),
    }
    for name, place in places.items():
        axes = figure.add_axes(_shrunk(place, figure))
        _prepare(axes, scene, name)
        overlay(axes, scene, name)


def _shrunk(place: FigureBox, figure: Figure) -> tuple[float, float, float, float]:
    left, bottom, width, height = place
    inches_x, inches_y = figure.get_size_inches()
    return left, bottom, width - _GAP_INCHES / inches_x, height - _GAP_INCHES / inches_y


def _prepare(axes: Any, scene: Scene, plane: str) -> None:
    """The grey slice, its name and, in XY, the scale bar."""
    _, vertical, horizontal = PLANES[plane]
    image = _grey(scene, plane)
    low, high = np.percentile(image, [0.5, 99.5])
    whole = _extent(image.shape, scene.volume.voxel_size_nm)
    image, extent = _no_finer_than_paper(image, whole)
    smooth = "antialiased" if max(image.shape) > 400 else "nearest"
    axes.imshow(
        image,
        cmap="gray",
        vmin=low,
        vmax=max(high, low + 1e-9),
        origin="lower",
        extent=extent,
        interpolation=smooth,
        aspect="auto",
    )
    axes.set_xlim(whole[:2])
    axes.set_ylim(whole[2:])
    axes.set_xticks([])
    axes.set_yticks([])
    _label(axes, plane)
    if plane == "XY":
        _scale_bar(axes, scene.size_nm[horizontal], scene.size_nm[vertical])


def _no_finer_than_paper(
    image: NDArray[Any], extent: tuple[float, float, float, float]
) -> tuple[NDArray[Any], tuple[float, float, float, float]]:
    """Means of blocks in place of more pixels than a panel has; matplotlib would hold many copies of them."""
    edge = -(-max(image.shape) // _MOST_PIXELS)
    if edge == 1:
        return image, extent
    rows, columns = (n // edge for n in image.shape)
    if not (rows and columns):
        return image, extent
    part = image[: rows * edge, : columns * edge].reshape(rows, edge, columns, edge).mean(axis=(1, 3))
    left, right, bottom, top = extent
    width, height = right - left, top - bottom
    used = (columns * edge / image.shape[1] * width, rows * edge / image.shape[0] * height)
    return part, (left, left + used[0], bottom, bottom + used[1])


def _extent(
    shape: tuple[int, ...], voxel_nm: float, bottom_nm: float = 0.0, left_nm: float = 0.0
) -> tuple[float, float, float, float]:
    """Edges in nm, such that voxel centres lie at index times voxel size from the first one's place."""
    rows, columns = shape
    left, bottom = left_nm - 0.5 * voxel_nm, bottom_nm - 0.5 * voxel_nm
    return left, left + columns * voxel_nm, bottom, bottom + rows * voxel_nm


def slab_mean(
    array: VoxelArray, voxel_nm: float, plane: str, position_nm: float, thickness_nm: float
) -> NDArray[Any]:
    """The mean of the slices around a position, rows vertical; NaN counts as nothing."""
    axis, vertical, horizontal = PLANES[plane]
    centre = min(max(round(position_nm / voxel_nm), 0), array.shape[axis] - 1)
    half = int(thickness_nm / voxel_nm / 2)
    first, after = max(centre - half, 0), min(centre + half + 1, array.shape[axis])
    if axis == 0:  # slices lie one after the other in a file; several large ones are not held at a time
        image: NDArray[np.float32] = np.zeros(array.shape[1:], np.float32)
        for k in range(first, after):
            image += _known(array[k])
        image /= np.float32(after - first)
    else:
        window: list[Any] = [slice(None)] * 3
        window[axis] = slice(first, after)
        image = _known(array[tuple(window)]).mean(axis=axis)
    return image if vertical < horizontal else image.T


def _known(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.nan_to_num(np.array(values, np.float32), copy=False, posinf=0.0, neginf=0.0)


def _grey(scene: Scene, plane: str) -> NDArray[Any]:
    position = scene.centre_nm(PLANES[plane][0])
    image = slab_mean(scene.volume.data, scene.volume.voxel_size_nm, plane, position, SLAB_NM)
    return gaussian_filter(image, BLUR_NM / scene.volume.voxel_size_nm)


def _label(axes: Any, text: str) -> None:
    axes.text(
        0.0,
        1.0,
        f" {text} ",
        transform=axes.transAxes,
        va="top",
        ha="left",
        fontsize=9,
        color="white",
        bbox={"facecolor": "black", "alpha": 0.65, "pad": 1.5, "edgecolor": "none"},
    )


def _scale_bar(axes: Any, width_nm: float, height_nm: float) -> None:
    """A white bar of round length on a dark ground, of the same height on paper in every picture."""
    length = nice_length(width_nm / 3.5)
    inch = height_nm / (axes.get_position().height * axes.figure.get_figheight())
    left = bottom = 0.1 * inch
    ground: dict[str, Any] = {"color": "black", "alpha": 0.65, "lw": 0}
    axes.add_patch(
        Rectangle((left - 0.05 * inch, bottom - 0.05 * inch), length + 0.1 * inch, 0.32 * inch, **ground)
    )
    axes.add_patch(Rectangle((left, bottom), length, 0.05 * inch, color="white", lw=0))
    place = (left + length / 2, bottom + 0.08 * inch)
    axes.text(*place, f"{length:g} nm", color="white", ha="center", va="bottom", fontsize=9)


def nice_length(longest_nm: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not longer."""
    power = 10.0 ** np.floor(np.log10(longest_nm))
    return float(next(f * power for f in (5.0, 2.0, 1.0) if f * power <= longest_nm * (1 + 1e-9)))


def bare(axes: Any, scene: Scene, plane: str) -> None:
    """The bare tomogram."""


def probability(axes: Any, scene: Scene, plane: str) -> None:
    """The network's probability, clear where it is low."""
    found = scene.probability
    if found is None:
        return
    axis, vertical, horizontal = PLANES[plane]
    index = found.index_at(axis, scene.centre_nm(axis))
    if index is None:
        return
    image = slab_mean(found.values, 1.0, plane, float(index), 0.0)
    axes.imshow(
        image,
        cmap="viridis",
        vmin=0,
        vmax=1,
        origin="lower",
        extent=_extent(
            image.shape, found.voxel_size_nm, found.corner_nm[vertical], found.corner_nm[horizontal]
        ),
        alpha=np.clip(image * 1.5, 0.0, 0.75),
        interpolation="bilinear",
        aspect="auto",
    )


def vesicles(axes: Any, scene: Scene, plane: str) -> None:
    """The exact cross-sections of the spheres; accepted ones filled as in the label volume."""
    axis, vertical, horizontal = PLANES[plane]
    position = scene.centre_nm(axis)
    for vesicle in scene.vesicles:
        centre = vesicle.sphere.centre_nm
        squared = vesicle.radius_nm**2 - (centre[axis] - position) ** 2
        if squared > 0:
            _draw_circle(axes, vesicle, (centre[horizontal], centre[vertical]), squared**0.5)


def _draw_circle(axes: Any, vesicle: Vesicle, centre: tuple[float, float], radius_nm: float) -> None:
    colour = colour_of(vesicle)
    if vesicle.status is Status.ACCEPTED:
        axes.add_patch(Circle(centre, radius_nm, color=colour, alpha=0.22, lw=0))
    axes.add_patch(Circle(centre, radius_nm, fill=False, edgecolor=colour, lw=1.5, ls=LINES[vesicle.status]))

"""A project's slice as a figure, and a sweep through its slices as the pictures of a movie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.measure import find_contours

from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.analysis.shapes.shape_surface import outlines_in_plane
from cryoves_app.domain.colours import REGION_COLOURS
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Region
from cryoves_app.domain.vesicle import Vesicle, shape_terms_px
from cryoves_app.domain.volume import Volume
from cryoves_app.workflow.overview.planes import PLANES, slab_mean
from cryoves_app.workflow.overview.slice_figure import (
    FigureCircle,
    FigureOutline,
    SliceFigure,
    render_figure,
)
from cryoves_app.workflow.overview.vesicle_colours import COLOUR_BY_STATUS, VesicleColours

_PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True)
class FigureOptions:
    """What is drawn: the plane, where it lies (the middle if not said), and how vesicles are coloured.

    ``levels`` are the grey values drawn black and white, from percentiles if not said; ``window_nm`` is the part of the
    slice that is drawn (left, right, lowest, highest), all of it if not said; ``colours`` stands for ``colour_by``, and
    only what has one is drawn; ``shapes`` are measured shapes instead of circles.
    """

    plane: str = "XY"
    position_nm: float | None = None
    slab_nm: float = 0.0
    smoothing_nm: float = 0.0
    colour_by: str = COLOUR_BY_STATUS
    vesicles: bool = True
    rejected: bool = False
    regions: bool = True
    fill: float = 0.0
    scale_bar: bool = True
    levels: tuple[float, float] | None = None
    window_nm: tuple[float, float, float, float] | None = None
    row_zero_at_bottom: bool = True
    colours: VesicleColours | None = None
    shapes: bool = False

    def colours_in(self, project: Project, voxel_nm: float) -> VesicleColours:
        """How the project's vesicles are drawn."""
        return self.colours or VesicleColours.of(project, self.colour_by, voxel_nm)


def figure_of(project: Project, volume: Volume, options: FigureOptions) -> SliceFigure:
    """One slice of a project, whole, as a figure.

    Raises
    ------
    CryoVesError
        If there is no such plane or measure, or the position lies outside the tomogram.
    """
    axis, vertical, horizontal = _axes_of(options.plane)
    nm = volume.voxel_size_nm
    position = _position_nm(options, volume, axis)
    image = slab_mean(volume.data, nm, options.plane, position, options.slab_nm)
    if options.smoothing_nm > 0:
        image = gaussian_filter(image, options.smoothing_nm / nm)
    colours = options.colours_in(project, nm)
    shown = colours.drawn(project, rejected=options.rejected) if options.vesicles else []
    shaped = [v for v in shown if options.shapes and v.shape_terms_nm]
    round_ones = [v for v in shown if v not in shaped]
    axes = axis, vertical, horizontal
    sizes = [n * nm for n in volume.shape]
    return SliceFigure(
        image.astype(np.float32),
        nm,
        options.levels or levels_from_percentiles(image),
        options.window_nm or (-nm / 2, sizes[horizontal] - nm / 2, -nm / 2, sizes[vertical] - nm / 2),
        circles=_circles(round_ones, axes, position, colours, options.fill),
        outlines=(
            *(_outlines(project, volume, options.plane, position) if options.regions else ()),
            *_shapes(shaped, axes, position, colours, options.fill),
        ),
        legend=colours.legend if options.vesicles else (),
        bar=colours.bar if options.vesicles else None,
        scale_bar=options.scale_bar,
        row_zero_at_bottom=options.row_zero_at_bottom,
    )


def levels_from_percentiles(image: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Grey values drawn black and white where nobody says which; never equal."""
    if not image.size:
        return 0.0, 1.0
    black, white = np.percentile(image, _PERCENTILES)
    return float(black), float(max(white, black + 1e-9))


def sweep(
    project: Project,
    volume: Volume,
    options: FigureOptions,
    *,
    step: int = 1,
    width_px: int = 960,
    progress: Progress,
) -> Iterator[NDArray[np.uint8]]:
    """Pictures ``(row, column, RGB)`` of every ``step``-th slice along the plane's normal, all with the same levels."""
    axis, *_ = _axes_of(options.plane)
    middle = figure_of(project, volume, options)
    places = range(0, volume.shape[axis], max(1, step))
    progress.start("draw")
    for number, index in enumerate(places):
        progress.report(number / len(places), f"slice {number + 1} of {len(places)}")
        at = replace(options, position_nm=index * volume.voxel_size_nm)
        figure = replace(figure_of(project, volume, at), levels=middle.levels)
        yield render_figure(replace(figure, caption=f"{'zyx'[axis]} {at.position_nm:.0f} nm"), width_px)


def _axes_of(plane: str) -> tuple[int, int, int]:
    if plane not in PLANES:
        raise CryoVesError(f"There is no plane “{plane}”; there are {', '.join(PLANES)}.")
    return PLANES[plane]


def _position_nm(options: FigureOptions, volume: Volume, axis: int) -> float:
    size = volume.shape[axis] * volume.voxel_size_nm
    if options.position_nm is None:
        return volume.shape[axis] // 2 * volume.voxel_size_nm
    if not 0 <= options.position_nm < size:
        name = "zyx"[axis]
        raise CryoVesError(
            f"{name} = {options.position_nm:g} nm lies outside the tomogram, which ends at {size:.0f} nm."
        )
    return options.position_nm


def _circles(
    vesicles: Sequence[Vesicle],
    axes: tuple[int, int, int],
    position: float,
    colours: VesicleColours,
    fill: float,
) -> tuple[FigureCircle, ...]:
    axis, vertical, horizontal = axes
    found = []
    for vesicle in vesicles:
        centre = vesicle.sphere.centre_nm
        squared = vesicle.radius_nm**2 - (centre[axis] - position) ** 2
        if squared > 0:
            dashes, colour = colours.dashes_of(vesicle), colours.of_vesicle(vesicle)
            found.append(
                FigureCircle(centre[horizontal], centre[vertical], squared**0.5, colour, dashes, fill)
            )
    return tuple(found)


def _shapes(
    vesicles: Sequence[Vesicle],
    axes: tuple[int, int, int],
    position: float,
    colours: VesicleColours,
    fill: float,
) -> tuple[FigureOutline, ...]:
    """The outlines in which measured shapes are cut."""
    if not vesicles:
        return ()
    spheres = np.array([(*v.sphere.centre_nm, v.radius_nm) for v in vesicles])
    normal, vertical, horizontal = axes
    cut = outlines_in_plane(spheres, shape_terms_px(vesicles, 1.0), (normal, horizontal, vertical), position)
    of = [vesicles[row] for row in cut.rows]
    return tuple(
        FigureOutline(points, colours.of_vesicle(v), colours.dashes_of(v), fill)
        for v, points in zip(of, cut.points, strict=True)
    )


def _outlines(project: Project, volume: Volume, plane: str, position: float) -> tuple[FigureOutline, ...]:
    """The regions' outlines where the plane cuts them."""
    found = []
    for region in project.regions:
        cut = _cut(RegionPlanes(region, volume.shape, volume.voxel_size_nm), volume, plane, position)
        found.extend(region_outlines(region, cut, volume.voxel_size_nm))
    return tuple(found)


def region_outlines(region: Region, cut: NDArray[np.bool_], voxel_nm: float) -> list[FigureOutline]:
    """The outlines of a region in a slice, of which ``cut`` says where it lies."""
    colour = REGION_COLOURS[region.kind]
    lines = find_contours(np.pad(cut, 1).astype(np.float32), 0.5)
    return [FigureOutline((line[:, ::-1] - 1) * voxel_nm, colour) for line in lines]


def _cut(planes: RegionPlanes, volume: Volume, plane: str, position: float) -> NDArray[np.bool_]:
    axis, vertical, horizontal = PLANES[plane]
    index = min(max(round(position / volume.voxel_size_nm), 0), volume.shape[axis] - 1)
    if axis == 0:
        return planes.plane(index)
    rows = [np.take(planes.plane(z), index, axis=axis - 1) for z in range(volume.shape[0])]
    cut = np.stack(rows)  # z, and the remaining axis
    return cut if vertical < horizontal else cut.T

"""A slice in any direction as a figure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.oblique import (
    Angles,
    ObliquePlane,
    PlaneGrid,
    plane_circles,
    plane_extent,
    sample_mask,
    sample_plane,
    smooth_known,
)
from cryoves_app.analysis.geometry.packed_mask import PackedMask
from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.domain.arrays import Position
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.volume import Volume
from cryoves_app.workflow.overview.project_figure import (
    FigureOptions,
    levels_from_percentiles,
    region_outlines,
)
from cryoves_app.workflow.overview.slice_figure import FigureCircle, FigureOutline, SliceFigure


def oblique_figure(
    project: Project, volume: Volume, options: FigureOptions, angles: Angles, centre_nm: Position
) -> SliceFigure:
    """A plane through ``centre_nm`` ``(z, y, x)``, turned by degrees about x, then y, then z, as a figure.

    Of ``options`` all but plane, position and measured shapes counts; ``window_nm`` is measured from the centre.
    What lies outside the tomogram is black.

    Raises
    ------
    CryoVesError
        If the plane misses the tomogram, or there is no such measure to colour by.
    """
    nm = volume.voxel_size_nm
    z, y, x = (place / nm for place in centre_nm)
    plane = ObliquePlane.turned((z, y, x), angles)
    grid = _grid(plane, volume, options)
    slab = max(round(options.slab_nm / nm), 1)
    image = sample_plane(volume.data, plane, grid, slab)
    if options.smoothing_nm > 0:
        image = smooth_known(image, options.smoothing_nm / nm)
    levels = options.levels or levels_from_percentiles(image[np.isfinite(image)])
    colours = options.colours_in(project, nm)
    width, height = grid.columns * nm, grid.rows * nm
    return SliceFigure(
        _on_black(image, levels),
        nm,
        levels,
        (-nm / 2, width - nm / 2, -nm / 2, height - nm / 2),
        circles=_oblique_circles(project, plane, grid, nm, options) if options.vesicles else (),
        outlines=_oblique_outlines(project, volume, plane, grid) if options.regions else (),
        bar=colours.bar if options.vesicles else None,
        legend=colours.legend if options.vesicles else (),
        scale_bar=options.scale_bar,
        row_zero_at_bottom=options.row_zero_at_bottom,
    )


def _grid(plane: ObliquePlane, volume: Volume, options: FigureOptions) -> PlaneGrid:
    """A point for each voxel's length."""
    extent = plane_extent(plane, volume.shape)
    if extent is None:
        raise CryoVesError("The oblique slice misses the tomogram; give a place inside it.")
    if options.window_nm is not None:
        left, right, low, high = (length / volume.voxel_size_nm for length in options.window_nm)
    else:
        left, right, low, high = extent
    # points are the middles of voxels, ends their outer faces
    return PlaneGrid(left + 0.5, low + 0.5, 1.0, max(round(right - left), 1), max(round(high - low), 1))


def _oblique_outlines(
    project: Project, volume: Volume, plane: ObliquePlane, grid: PlaneGrid
) -> tuple[FigureOutline, ...]:
    found: list[FigureOutline] = []
    for region in project.regions:
        mask = PackedMask.of(RegionPlanes(region, volume.shape, volume.voxel_size_nm))
        found.extend(region_outlines(region, sample_mask(mask, plane, grid), volume.voxel_size_nm))
    return tuple(found)


def _on_black(image: NDArray[np.float32], levels: tuple[float, float]) -> NDArray[np.float32]:
    return np.where(np.isfinite(image), image, levels[0]).astype(np.float32)


def _oblique_circles(
    project: Project, plane: ObliquePlane, grid: PlaneGrid, nm: float, options: FigureOptions
) -> tuple[FigureCircle, ...]:
    colours = options.colours_in(project, nm)
    shown = colours.drawn(project, rejected=options.rejected)
    spheres = np.array([(*v.sphere.centre_nm, v.radius_nm) for v in shown]).reshape(-1, 4) / nm
    cut = plane_circles(spheres, plane)
    return tuple(
        FigureCircle(
            (right - grid.left) * nm,
            (up - grid.low) * nm,
            radius * nm,
            colours.of_vesicle(shown[row]),
            colours.dashes_of(shown[row]),
            options.fill,
        )
        for row, right, up, radius in zip(cut.rows, cut.right, cut.up, cut.radius, strict=True)
    )

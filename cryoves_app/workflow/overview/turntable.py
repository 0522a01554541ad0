"""The vesicles turning in the tomogram's box, as the pictures of a movie; computed without OpenGL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Array
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.volume import Volume
from cryoves_app.workflow.overview.project_figure import FigureOptions
from cryoves_app.workflow.overview.slice_figure import (
    draw_figure_colour_bar,
    draw_figure_scale_bar,
    even_pixels,
    refuse_picture_size,
)
from cryoves_app.workflow.overview.sphere_view import Camera, box_edges, render
from cryoves_app.workflow.overview.vesicle_colours import VesicleColours

GROUND, EDGE_COLOUR, AXIS_COLOUR = "#101214", "#8a8f95", "#E6E6E6"
#: The picture is a little wider than what turns in it.
_ROOM = 1.1
_WIDTH_INCHES = 8.5 / 2.54


@dataclass(frozen=True)
class _Spheres:
    """What turns: centres ``(x, y, z)`` from the box's middle and radii, in nm, and colours."""

    centres: Array
    radii: Array
    colours: Array
    size_xyz: Array

    @classmethod
    def of(
        cls, project: Project, volume: Volume, options: FigureOptions, colours: VesicleColours
    ) -> _Spheres:
        shown = colours.drawn(project, rejected=options.rejected) if options.vesicles else []
        size = np.array(volume.shape[::-1], dtype=float) * volume.voxel_size_nm
        places = np.array([[v.x_nm, v.y_nm, v.z_nm] for v in shown], dtype=float).reshape(-1, 3)
        rgb = np.array([to_rgb(colours.of_vesicle(v)) for v in shown], dtype=float).reshape(-1, 3)
        return cls(places - size / 2, np.array([v.radius_nm for v in shown], dtype=float), rgb, size)


def turntable(
    project: Project,
    volume: Volume,
    options: FigureOptions,
    *,
    pictures: int = 120,
    width_px: int = 960,
    progress: Progress,
) -> Iterator[NDArray[np.uint8]]:
    """Pictures ``(row, column, RGB)`` of one whole turn about z, all of one size and scale.

    ``options`` says which vesicles are drawn, and in which colours.

    Raises
    ------
    CryoVesError
        If there is no such measure to colour by, or the pictures' size cannot be drawn.
    """
    colours = options.colours_in(project, volume.voxel_size_nm)
    spheres = _Spheres.of(project, volume, options, colours)
    camera = Camera(azimuth_deg=30.0, elevation_deg=25.0)
    extent = _extent(spheres.size_xyz, camera)
    refuse_picture_size(extent, width_px)
    progress.start("draw")
    for number in range(pictures):
        progress.report(number / pictures, f"picture {number + 1} of {pictures}")
        turned = replace(camera, azimuth_deg=camera.azimuth_deg + 360.0 * number / pictures)
        drawn = _draw(spheres, turned, extent, width_px, options, colours)
        yield even_pixels(drawn, width_px)


def _extent(size_xyz: Array, camera: Camera) -> tuple[float, float, float, float]:
    """Left, right, bottom, top that hold the box however it is turned."""
    x, y, z = size_xyz
    reach = np.hypot(x, y) / 2
    elevation = np.deg2rad(camera.elevation_deg)
    up = (reach * np.sin(elevation) + z / 2 * np.cos(elevation)) * _ROOM
    across = reach * _ROOM
    return -across, across, -up, up


def _draw(
    spheres: _Spheres,
    camera: Camera,
    extent: tuple[float, float, float, float],
    width_px: int,
    options: FigureOptions,
    colours: VesicleColours,
) -> Figure:
    left, right, low, high = extent
    drawn = Figure(figsize=(_WIDTH_INCHES, _WIDTH_INCHES * (high - low) / (right - left)), facecolor=GROUND)
    FigureCanvasAgg(drawn)
    axes = drawn.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    picture = render(camera.project(spheres.centres), spheres.radii, spheres.colours, extent, width_px)
    axes.imshow(picture, origin="lower", extent=extent, zorder=1, interpolation="nearest", aspect="auto")
    _draw_box(axes, spheres.size_xyz, camera)
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    if options.scale_bar:
        draw_figure_scale_bar(drawn, axes, right - left)
    if colours.bar is not None and options.vesicles:
        draw_figure_colour_bar(drawn, colours.bar)
    return drawn


def _draw_box(axes: Any, size_xyz: Array, camera: Camera) -> None:
    """Edges of the box, those behind the spheres first, and the names of the three that meet at its origin."""
    edges = [camera.project(edge - size_xyz / 2) for edge in box_edges(size_xyz.tolist())]
    farthest = min(edge[:, 2].min() for edge in edges)
    for edge in edges:
        behind = bool(np.isclose(edge[:, 2].min(), farthest))
        axes.plot(edge[:, 0], edge[:, 1], color=EDGE_COLOUR, lw=0.7, zorder=0 if behind else 2)
    ends = np.diag(size_xyz * 1.02) - size_xyz / 2
    for name, place in zip("xyz", camera.project(ends), strict=True):
        axes.text(place[0], place[1], name, color=AXIS_COLOUR, fontsize=7, ha="center", va="center", zorder=3)

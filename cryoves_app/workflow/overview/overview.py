"""``overview.png``: what was found, at a glance.

Tomogram, probability, and vesicles on the central XY, XZ and YZ slices, and all vesicles in 3-D. Row 0 is
at the bottom, as in 3dmod.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.volume import GridMap, Volume
from cryoves_app.storage.replacing import replacing
from cryoves_app.workflow.overview import planes as overview_planes
from cryoves_app.workflow.overview.planes import (
    COLOURS,
    LINES,
    OUTSIDE,
    FigureBox,
    Scene,
    colour_of,
)
from cryoves_app.workflow.overview.sphere_view import Camera, box_edges, render

WORDS = {Status.ACCEPTED: "accepted", Status.OUTLIER: "doubtful", Status.REJECTED: "rejected"}
WIDTH_INCHES, DPI = 14.0, 120
#: Of 9: noise hardly gets smaller beyond.
_COMPRESSION = 2
#: Inches above the two rows of panels, for titles, and below the lower one.
_HEAD, _TITLE, _FOOT = 0.45, 0.4, 0.2


def write_overview(
    path: Path, volume: Volume, probability: GridMap | None, vesicles: Iterable[Vesicle], title: str
) -> None:
    """Draw the overview of one tomogram into a PNG file."""
    figure = draw_overview(Scene(volume, probability, tuple(vesicles)), title)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, pil_kwargs={"compress_level": _COMPRESSION})
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def draw_overview(scene: Scene, title: str) -> Figure:
    """The overview as a figure that belongs to no window."""
    z, y, x = scene.size_nm
    width = WIDTH_INCHES / 2 * 0.94
    height = width * (y + z) / (x + z)
    figure = Figure(figsize=(WIDTH_INCHES, 2 * (height + _TITLE) + _HEAD + _FOOT), facecolor="white")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=13, y=1 - 0.12 / figure.get_figheight(), va="top")
    tomogram, probability, vesicles, space = _panels(figure, width, height)
    _heading(figure, tomogram, "Tomogram")
    overview_planes.draw_planes(figure, tomogram, scene, overview_planes.bare)
    if scene.probability is None:
        _heading(figure, probability, "Radii of the accepted vesicles")
        _draw_radii(figure, probability, scene)
    else:
        _heading(figure, probability, "Probability of a vesicle")
        overview_planes.draw_planes(figure, probability, scene, overview_planes.probability)
        _colour_bar(figure, probability)
    _heading(figure, vesicles, "Vesicles")
    overview_planes.draw_planes(figure, vesicles, scene, overview_planes.vesicles)
    _legend(figure, vesicles, scene)
    _heading(figure, space, "In space")
    _draw_space(figure, space, scene)
    return figure


def _panels(figure: Figure, width: float, height: float) -> list[FigureBox]:
    full_width, full_height = figure.get_size_inches()
    margin = (full_width / 2 - width) / 2
    return [
        (
            (column * full_width / 2 + margin) / full_width,
            bottom / full_height,
            width / full_width,
            height / full_height,
        )
        for bottom in (height + _TITLE + _FOOT, _FOOT)
        for column in (0, 1)
    ]


def _top(figure: Figure, box: FigureBox, inches: float) -> float:
    """A height above a panel, as a fraction of the figure."""
    return box[1] + box[3] + inches / figure.get_figheight()


def _heading(figure: Figure, box: FigureBox, text: str) -> None:
    figure.text(box[0], _top(figure, box, 0.07), text, fontsize=12, fontweight="bold")


def _colour_bar(figure: Figure, box: FigureBox) -> None:
    width = 1.8 / figure.get_figwidth()
    place = (box[0] + box[2] - width, _top(figure, box, 0.07), width, 0.1 / figure.get_figheight())
    bar = figure.add_axes(place)
    figure.colorbar(ScalarMappable(cmap="viridis"), cax=bar, orientation="horizontal", ticks=[0, 0.5, 1])
    bar.xaxis.set_ticks_position("top")
    bar.tick_params(labelsize=8, length=2, pad=1)


def _legend(figure: Figure, box: FigureBox, scene: Scene) -> None:
    inside = [v.status for v in scene.vesicles if v.inside_region is not False]
    handles = [
        Line2D([], [], color=COLOURS[s], ls=LINES[s], lw=2, label=f"{inside.count(s)} {WORDS[s]}")
        for s in Status
        if s in inside or s is Status.ACCEPTED
    ]
    if outside := len(scene.vesicles) - len(inside):
        handles.append(Line2D([], [], color=OUTSIDE, lw=2, label=f"{outside} outside the region"))
    figure.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(box[0] + box[2], _top(figure, box, 0.0)),
        ncols=len(handles),
        frameon=False,
        fontsize=10,
        borderaxespad=0.1,
        handlelength=1.8,
    )


def _draw_radii(figure: Figure, box: FigureBox, scene: Scene) -> None:
    """In the place of the probability, where that is not at hand any more."""
    radii = [
        v.radius_nm for v in scene.vesicles if v.status is Status.ACCEPTED and v.inside_region is not False
    ]
    axes = figure.add_axes((box[0] + 0.03, box[1] + 0.05, box[2] - 0.04, box[3] - 0.06))
    axes.hist(radii, bins="fd" if len(radii) > 3 else 5, color=COLOURS[Status.ACCEPTED], edgecolor="white")
    axes.set_xlabel("radius (nm)")
    axes.set_ylabel("vesicles")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)


def _draw_space(figure: Figure, box: FigureBox, scene: Scene) -> None:
    """All vesicles that are not rejected, lit, in the tomogram's box."""
    axes = figure.add_axes((box[0], box[1], box[2], box[3]))
    axes.set_axis_off()
    camera = Camera()
    z, y, x = scene.size_nm
    edges = [camera.project(edge) for edge in box_edges((x, y, z))]
    held = [*edges, *_reach(scene, camera)]
    extent = _space_extent(held, box[2] * figure.get_figwidth(), box[3] * figure.get_figheight())
    picture = _spheres(scene, camera, extent, round(box[2] * figure.get_figwidth() * DPI))
    nearest = max(edge[:, 2].max() for edge in edges)
    for edge in edges:
        in_front = bool(np.isclose(edge[:, 2].max(), nearest))
        axes.plot(edge[:, 0], edge[:, 1], color="0.55", lw=0.9, zorder=2 if in_front else 0)
    axes.imshow(picture, origin="lower", extent=extent, zorder=1, interpolation="nearest")
    axes.set_xlim(extent[0], extent[1])
    axes.set_ylim(extent[2], extent[3])
    _name_axes(axes, camera, (x, y, z))


def _reach(scene: Scene, camera: Camera) -> list[NDArray[Any]]:
    """How far the spheres reach in the picture; those cut by a face reach out of the box."""
    shown = [v for v in scene.vesicles if v.status is not Status.REJECTED]
    centres = [camera.project(np.array([v.x_nm, v.y_nm, v.z_nm])) for v in shown]
    return [np.array([c - v.radius_nm, c + v.radius_nm]) for c, v in zip(centres, shown, strict=True)]


def _spheres(scene: Scene, camera: Camera, extent: Sequence[float], width_px: int) -> NDArray[np.float32]:
    shown = [v for v in scene.vesicles if v.status is not Status.REJECTED]
    centres = np.array([[v.x_nm, v.y_nm, v.z_nm] for v in shown]).reshape(-1, 3)
    radii = np.array([v.radius_nm for v in shown])
    colours = np.array([to_rgb(colour_of(v)) for v in shown]).reshape(-1, 3)
    return render(camera.project(centres), radii, colours, extent, width_px)


def _name_axes(axes: Any, camera: Camera, size_xyz: Sequence[float]) -> None:
    """The lengths of the box, written at its edges."""
    x, y, z = size_xyz
    middles = np.array([[x / 2, 0, 0], [x, y / 2, 0], [0, 0, z / 2]], dtype=float)
    for name, length, place, side in zip("xyz", size_xyz, camera.project(middles), "tt ", strict=True):
        vertical, horizontal = ("top", "center") if side == "t" else ("center", "right")
        axes.text(
            place[0],
            place[1],
            f" {name}: {length:.0f} nm ",
            va=vertical,
            ha=horizontal,
            fontsize=9,
            color="0.2",
            zorder=3,
            bbox={"facecolor": "white", "alpha": 0.7, "pad": 1.0, "edgecolor": "none"},
        )


def _space_extent(
    edges: Sequence[NDArray[Any]], wide: float, tall: float
) -> tuple[float, float, float, float]:
    """Left, right, bottom, top that hold the box and have the panel's shape."""
    points = np.concatenate(edges)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    middle, size = (low + high) / 2, (high - low) * 1.12
    scale = max(size[0] / wide, size[1] / tall)
    half = np.array([wide, tall]) * scale / 2
    return middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1]

"""Balls and surfaces as 3-D scenes for other programs: glTF, OBJ, STL."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.storage.replacing import replacing

#: How often the sides of an icosahedron are cut in four: 642 corners, 0.3 % inside the ball.
_FINENESS = 3
_VESICLE, _REGION = "vesicle_", "region_"


@dataclass(frozen=True)
class RegionSurface:
    """The surface of a region.

    Attributes
    ----------
    corners : (n, 3) array
        ``z, y, x`` in nm.
    triangles : (m, 3) array
        Numbers of rows of ``corners``.
    colour
        Red, green, blue and opacity, 0 to 255.
    """

    name: str
    corners: NDArray[np.float32]
    triangles: NDArray[np.int32]
    colour: tuple[int, int, int, int]


def write_scene(
    path: str | os.PathLike[str],
    vesicles: Iterable[Vesicle],
    regions: Sequence[RegionSurface],
    colour: tuple[int, int, int, int],
    kind: str,
) -> None:
    """Writes vesicles as balls of their outer radius, and regions; lengths in nm, axes x, y, z of the tomogram.

    Parameters
    ----------
    kind
        ``glb`` (binary glTF: one ball that each vesicle's node moves and scales), ``obj`` or ``stl``.

    Raises
    ------
    CryoVesError
        If the file cannot be written, or the library for it is not installed.
    """
    trimesh = _library()
    scene = trimesh.Scene()
    ball = trimesh.creation.icosphere(subdivisions=_FINENESS)
    ball.visual.vertex_colors = colour
    for vesicle in vesicles:
        scene.add_geometry(
            ball, node_name=f"{_VESICLE}{vesicle.id}", geom_name="ball", transform=_placed(vesicle)
        )
    for number, region in enumerate(regions, 1):
        mesh = trimesh.Trimesh(region.corners[:, ::-1], region.triangles[:, ::-1], process=False)
        mesh.visual.vertex_colors = region.colour
        scene.add_geometry(
            mesh,
            node_name=f"{_REGION}{number}_{'_'.join(region.name.split())}",
            geom_name=f"{_REGION}{number}",
        )
    with replacing(path) as temporary:
        temporary.write_bytes(_content(scene, kind))


def _content(scene: Any, kind: str) -> bytes:
    if scene.is_empty:
        raise CryoVesError("There is neither a vesicle nor a region to be drawn.")
    if kind == "glb":
        found = scene.export(file_type="glb")
    elif kind == "obj":
        return _obj(scene)
    else:
        found = scene.to_mesh().export(file_type="stl")
    return found if isinstance(found, bytes) else str(found).encode()


def _obj(scene: Any) -> bytes:
    """Each body under its own name."""
    lines, first = ["# lengths in nm"], 1
    for name in scene.graph.nodes_geometry:
        matrix, geometry = scene.graph[name]
        mesh = scene.geometry[geometry]
        corners = mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
        lines.append(f"o {name}")
        lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in corners]
        lines += [f"f {a} {b} {c}" for a, b, c in mesh.faces + first]
        first += len(corners)
    return ("\n".join(lines) + "\n").encode()


def _placed(vesicle: Vesicle) -> NDArray[np.float64]:
    matrix = np.diag([vesicle.radius_nm] * 3 + [1.0])
    matrix[:3, 3] = vesicle.x_nm, vesicle.y_nm, vesicle.z_nm
    return matrix


def read_scene_balls(path: Path) -> dict[int, tuple[float, float, float, float]]:
    """The vesicles of a ``.glb`` that ``write_scene`` wrote: ``z, y, x`` and outer radius in nm by id.

    Raises
    ------
    CryoVesError
        If it is no such file.
    """
    trimesh = _library()
    with reading(path, "a glTF scene"):
        scene = trimesh.load_scene(path)
        found = {}
        for name in scene.graph.nodes_geometry:
            if name.startswith(_VESICLE):
                matrix, _ = scene.graph[name]
                x, y, z = map(float, matrix[:3, 3])
                found[int(name.removeprefix(_VESICLE))] = (z, y, x, float(np.linalg.norm(matrix[:3, 0])))
        return found


def _library() -> Any:
    try:
        import trimesh  # slow to load, and only needed for these
        import trimesh.creation
    except ImportError as error:
        raise CryoVesError(
            "Scenes need the library trimesh: pip install 'cryoves-app[exchange]' in CryoVes' environment."
        ) from error
    return trimesh

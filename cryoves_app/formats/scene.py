"""Balls and surfaces as 3-D scenes for other programs: glTF, OBJ, STL."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.colours import SKY_BLUE, rgb_of
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.storage.replacing import replacing

#: How often the sides of an icosahedron are cut in four: 642 corners, 0.3 % inside the ball.
_FINENESS = 3
#: More balls than this are coarser where each is a mesh of its own: 162 corners, 1.3 % inside the ball.
_MANY = 5000
_STL_ROW = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("unused", "<u2")])
_VESICLE, _REGION = "vesicle_", "region_"
#: From x, y, z of the tomogram to axes with y up.
_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


@dataclass(frozen=True)
class RegionSurface:
    """The surface of a region.

    Attributes
    ----------
    corners : (n, 3) array
        ``z, y, x`` in nm.
    triangles : (m, 3) array
        Numbers of rows of ``corners``, anticlockwise as they are seen from outside where ``z, y, x`` stand for x, y, z.
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
    colours: Mapping[int, str],
    kind: str,
) -> None:
    """Writes vesicles as balls of their outer radius, and regions; lengths in nm.

    Axes of OBJ and STL are x, y and z of the tomogram. In glTF y is up (glTF 2.0, section 3.4), so that its axes are
    x, z and -y of the tomogram; programs whose z is up, such as Blender, turn them back.

    Parameters
    ----------
    colours
        ``#RRGGBB`` of vesicles by id; sky blue where it is not said.
    kind
        ``glb`` (binary glTF: balls of a colour are one mesh, which each vesicle's node moves and scales), ``obj``
        (with a colour for each corner) or ``stl``.

    Raises
    ------
    CryoVesError
        If there is nothing to draw, the file cannot be written, or the library for it is not installed.
    """
    balls = list(vesicles)
    if not balls and not regions:
        raise CryoVesError("There is neither a vesicle nor a region to be drawn.")
    with replacing(path) as temporary:
        if kind == "glb":
            temporary.write_bytes(_gltf(balls, regions, colours))
        else:
            write = _write_obj if kind == "obj" else _write_stl
            with temporary.open("wb") as file:
                write(file, _bodies(balls, regions, colours))


@dataclass(frozen=True)
class _Body:
    """A closed surface under its name: corners ``x, y, z`` in nm, triangles, colour (red, green, blue from 0 to 1)."""

    name: str
    corners: NDArray[np.float64]
    triangles: NDArray[np.integer[Any]]
    colour: tuple[float, float, float]


def _bodies(
    vesicles: Sequence[Vesicle], regions: Sequence[RegionSurface], colours: Mapping[int, str]
) -> Iterator[_Body]:
    ball = _ball(_FINENESS if len(vesicles) <= _MANY else _FINENESS - 1)
    for vesicle in vesicles:
        middle = (vesicle.x_nm, vesicle.y_nm, vesicle.z_nm)
        corners = ball.vertices * vesicle.radius_nm + middle
        yield _Body(f"{_VESICLE}{vesicle.id}", corners, ball.faces, rgb_of(colours.get(vesicle.id, SKY_BLUE)))
    for number, region in enumerate(regions, 1):
        red, green, blue, _ = (part / 255 for part in region.colour)
        corners = region.corners[:, ::-1].astype(np.float64)
        # mirrored, so that the sense of the triangles turns too
        yield _Body(region_name(number, region), corners, region.triangles[:, ::-1], (red, green, blue))


def _gltf(vesicles: Sequence[Vesicle], regions: Sequence[RegionSurface], colours: Mapping[int, str]) -> bytes:
    """Colours are materials, since many programs pass over the colours of corners."""
    trimesh = _library()
    scene = trimesh.Scene()
    for colour in sorted({colours.get(v.id, SKY_BLUE) for v in vesicles}):
        scene.geometry[colour] = _ball(_FINENESS)
        scene.geometry[colour].visual = _material(colour, (*rgb_of(colour), 1.0))
    for vesicle in vesicles:
        scene.graph.update(
            frame_to=f"{_VESICLE}{vesicle.id}",
            matrix=_placed(vesicle),
            geometry=colours.get(vesicle.id, SKY_BLUE),
        )
    for number, region in enumerate(regions, 1):
        mesh = trimesh.Trimesh(region.corners[:, ::-1] @ _Y_UP.T, region.triangles[:, ::-1], process=False)
        name = region_name(number, region)
        red, green, blue, alpha = (part / 255 for part in region.colour)
        mesh.visual = _material(name, (red, green, blue, alpha))
        scene.add_geometry(mesh, node_name=name, geom_name=name)
    return bytes(scene.export(file_type="glb", include_normals=True))


def _material(name: str, colour: tuple[float, float, float, float]) -> Any:
    """Rough and no metal. glTF's colours are light, not the screen's numbers (glTF 2.0, section 3.9.2)."""
    trimesh = _library()
    light = [_light(part) for part in colour[:3]]
    made = trimesh.visual.material.PBRMaterial(
        name=name,
        baseColorFactor=[round(255 * part) for part in (*light, colour[3])],
        metallicFactor=0.0,
        roughnessFactor=0.7,
        alphaMode="BLEND" if colour[3] < 1 else "OPAQUE",
    )
    return trimesh.visual.TextureVisuals(material=made)


def _light(part: float) -> float:
    """From sRGB (IEC 61966-2-1) to light, each from 0 to 1."""
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _write_obj(file: BinaryIO, bodies: Iterable[_Body]) -> None:
    """Each body under its own name; red, green and blue behind each corner, as most programs read them."""
    file.write(b"# lengths in nm\n")
    first = 1
    for body in bodies:
        colour = " ".join(f"{part:.3f}" for part in body.colour)
        lines = [f"o {body.name}"]
        lines += [f"v {x:.4f} {y:.4f} {z:.4f} {colour}" for x, y, z in body.corners]
        lines += [f"f {a} {b} {c}" for a, b, c in body.triangles + first]
        file.write(("\n".join(lines) + "\n").encode())
        first += len(body.corners)


def _write_stl(file: BinaryIO, bodies: Iterable[_Body]) -> None:
    """Binary: 80 bytes, the number of triangles, and for each its normal, its corners, and two bytes."""
    file.write(bytes(84))
    count = 0
    for body in bodies:
        places = body.corners[body.triangles]
        across = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
        rows = np.zeros(len(places), _STL_ROW)
        rows["normal"] = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        rows["corners"] = places
        file.write(rows.tobytes())
        count += len(rows)
    file.seek(80)
    file.write(np.uint32(count).astype("<u4").tobytes())


def write_surface(
    path: Path, region: RegionSurface, scale: float, origin: tuple[float, float, float]
) -> None:
    """Writes one region as STL: corners x, y, z in nm times ``scale``, plus ``origin``.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    corners = region.corners[:, ::-1].astype(np.float64) * scale + origin
    with replacing(path) as temporary, temporary.open("wb") as file:
        _write_stl(file, [_Body(region.name, corners, region.triangles[:, ::-1], (1.0, 1.0, 1.0))])


def _ball(fineness: int) -> Any:
    """A ball of radius 1."""
    return _library().creation.icosphere(subdivisions=fineness)


def region_name(number: int, region: RegionSurface) -> str:
    """As its body is called in files; ``number`` counts from 1."""
    return f"{_REGION}{number}_{'_'.join(region.name.split())}"


def _placed(vesicle: Vesicle) -> NDArray[np.float64]:
    matrix = np.diag([vesicle.radius_nm] * 3 + [1.0])
    matrix[:3, 3] = _Y_UP @ (vesicle.x_nm, vesicle.y_nm, vesicle.z_nm)
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
                x, y, z = map(float, _Y_UP.T @ matrix[:3, 3])
                found[int(name.removeprefix(_VESICLE))] = (z, y, x, float(np.linalg.norm(matrix[:3, 0])))
        return found


def _library() -> Any:
    try:
        import trimesh  # slow to load, and only needed for these
        import trimesh.creation
        import trimesh.visual
    except ModuleNotFoundError as error:
        raise CryoVesError(
            "Scenes need the library trimesh: pip install 'cryoves-app[exchange]' in CryoVes' environment."
        ) from error
    return trimesh

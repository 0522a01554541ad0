"""Vesicles and regions as 3-D scenes and as EMDB-SFF; what can be read back is, before it counts as saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import cryoves_app
from cryoves_app.analysis.geometry.packed_mask import PackedMask
from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.analysis.geometry.surface import surface_of
from cryoves_app.domain.colours import REGION_COLOURS, REGION_OPACITY, rgb_of, vesicle_colours
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import RegionKind
from cryoves_app.formats.chimerax import read_markers
from cryoves_app.formats.chimerax_scene import MARKERS, ChimeraXScene, write_chimerax_scene
from cryoves_app.formats.scene import RegionSurface, read_scene_balls, write_scene
from cryoves_app.formats.sff import SffFacts, read_sff, write_sff
from cryoves_app.workflow.export.export_material import Material
from cryoves_app.workflow.export.record import methods_of

_TOLERANCE_NM = 0.01

SceneExporter = Callable[[Material, Path, Progress], None]


def export_sff(material: Material, path: Path, progress: Progress) -> None:
    """Writes an EMDB-SFF segmentation and reads it back.

    Raises
    ------
    CryoVesError
        If it reads back differently, or its library is not installed.
    """
    info = material.volume.info
    facts = SffFacts(material.name, "CryoVes", cryoves_app.__version__, methods_of(material.project))
    write_sff(path, material.vesicles, region_surfaces(material, progress), info, facts, colours_of(material))
    _compare(path, material, read_sff(path, info))


def _export_scene(kind: str, material: Material, path: Path, progress: Progress) -> None:
    write_scene(path, material.vesicles, region_surfaces(material, progress), colours_of(material), kind)
    if kind == "glb":
        found = {number: Sphere(*values) for number, values in read_scene_balls(path).items()}
        _compare(path, material, found)


def _export_chimerax(material: Material, path: Path, progress: Progress) -> None:
    info = material.volume.info
    path.mkdir()
    surfaces = region_surfaces(material, progress)
    write_chimerax_scene(path, ChimeraXScene(material.vesicles, surfaces, info, colours_of(material)))
    _compare(path, material, read_markers(path / MARKERS, info))


SCENE_EXPORTERS: Mapping[str, SceneExporter] = {
    **{kind: partial(_export_scene, kind) for kind in ("glb", "obj", "stl")},
    "cxc": _export_chimerax,
}


def colours_of(material: Material) -> dict[int, str]:
    """As the window draws them: by pool where there are pools, else by status."""
    return vesicle_colours(material.vesicles, material.project.pools.names)


def region_surfaces(material: Material, progress: Progress) -> list[RegionSurface]:
    """The surfaces of the project's regions, those without one left out."""
    found = []
    for number, region in enumerate(material.project.regions):
        progress.report(0.8 * number / len(material.project.regions))
        surface = surface_of(
            PackedMask.of(RegionPlanes(region, material.volume.shape, material.voxel_nm), progress)
        )
        if surface is not None:
            corners = surface.corners * material.voxel_nm
            found.append(RegionSurface(region.name, corners, surface.triangles, _rgba(region.kind)))
    return found


def _rgba(kind: RegionKind) -> tuple[int, int, int, int]:
    red, green, blue = (round(255 * part) for part in rgb_of(REGION_COLOURS[kind]))
    return red, green, blue, round(255 * REGION_OPACITY[kind])


def _compare(path: Path, material: Material, found: Mapping[int, Sphere]) -> None:
    same = len(found) == len(material.vesicles) and all(
        v.id in found
        and v.sphere.distance_nm(found[v.id]) <= _TOLERANCE_NM
        and abs(v.radius_nm - found[v.id].radius_nm) <= _TOLERANCE_NM
        for v in material.vesicles
    )
    if not same:
        raise CryoVesError(
            f"{path.name} did not read back as it was written, so nothing was saved; is the disk sound?"
        )

"""Vesicles and regions as 3-D scenes and as EMDB-SFF; what can be read back is, before it counts as saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import cryoves_app
from cryoves_app.analysis.geometry.packed_mask import PackedMask
from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.analysis.geometry.surface import surface_of
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import RegionKind
from cryoves_app.formats.scene import RegionSurface, read_scene_balls, write_scene
from cryoves_app.formats.sff import SffFacts, read_sff, write_sff
from cryoves_app.workflow.export.export_material import Material
from cryoves_app.workflow.export.record import methods_of

_VESICLES = (86, 180, 233, 255)
#: As in the window's 3-D view.
_REGIONS: Mapping[RegionKind, tuple[int, int, int, int]] = {
    RegionKind.CYTOPLASM: (150, 160, 170, 70),
    RegionKind.ACTIVE_ZONE: (213, 94, 0, 255),
}
_OTHER = (204, 121, 167, 120)
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
    write_sff(path, material.vesicles, region_surfaces(material, progress), info, facts)
    _compare(path, material, read_sff(path, info))


def _export_scene(kind: str, material: Material, path: Path, progress: Progress) -> None:
    write_scene(path, material.vesicles, region_surfaces(material, progress), _VESICLES, kind)
    if kind == "glb":
        found = {number: Sphere(*values) for number, values in read_scene_balls(path).items()}
        _compare(path, material, found)


SCENE_EXPORTERS: Mapping[str, SceneExporter] = {
    kind: partial(_export_scene, kind) for kind in ("glb", "obj", "stl")
}


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
            colour = _REGIONS.get(region.kind, _OTHER)
            found.append(RegionSurface(region.name, corners, surface.triangles, colour))
    return found


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

"""One exporter for each format: it writes into a folder, reads back, and compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.outlines import ball_outlines
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.tomogram_names import tomogram_name
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume
from cryoves_app.formats import chimerax, dynamo, tiff
from cryoves_app.formats.imod.convert import contour_object, model_of, vesicles_from_object
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.model import ImodObject
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import open_mrc, write_label_slabs
from cryoves_app.formats.tables.star import StarGrid, read_star, write_star
from cryoves_app.formats.tables.table import read_vesicles, write_vesicles
from cryoves_app.workflow.export.copick_export import export_copick
from cryoves_app.workflow.export.export_material import Material
from cryoves_app.workflow.export.portal_export import export_portal
from cryoves_app.workflow.export.pyto_export import PytoPlan, plan_export, write_export
from cryoves_app.workflow.export.scene_export import SCENE_EXPORTERS, colours_of, export_sff
from cryoves_app.workflow.export.zarr_export import export_zarr
from cryoves_app.workflow.segment.results import paint_slabs

#: Positions and radii that were read back may differ so much: tables keep 0.0001 nm, models 24 bits.
TOLERANCE_NM = 0.01
_OUTLINES_NAME = "vesicle outlines"

#: Writes the file of its format, reads it back, and raises ``CryoVesError`` where the two differ.
Exporter = Callable[[Material, Path, Progress], None]


def _csv(material: Material, path: Path, _progress: Progress) -> None:
    write_vesicles(path, material.project.vesicles, material.voxel_nm)
    _compare(path, list(material.project.vesicles), list(read_vesicles(path)))


def _labels(material: Material, path: Path, progress: Progress) -> None:
    progress.report(0.1)
    write_label_slabs(path, _painted(material), material.volume.info)
    progress.report(0.6)
    _compare_labels(path, open_mrc(path), material)


def _tiff(material: Material, path: Path, progress: Progress) -> None:
    progress.report(0.1)
    tiff.write_tiff_label_slabs(path, _painted(material), material.volume.info)
    progress.report(0.6)
    _compare_labels(path, tiff.open_tiff(path), material)


def _imod(material: Material, path: Path, _progress: Progress) -> None:
    extra = [_outlines(material)] if material.options.imod_contours else []
    write_model(path, model_of(material.volume.info, material.vesicles, material.project.regions, extra))
    model = read_model(path)
    frame = ModelFrame.of(model, material.volume.info)
    drawn = (o for o in model.objects if o.is_scattered)
    found = [v for o in drawn for v in vesicles_from_object(o, frame, material.voxel_nm).vesicles]
    _compare(path, _by_id(material.vesicles), _by_id(found))


def _by_id(vesicles: Iterable[Vesicle]) -> list[Vesicle]:
    return sorted(vesicles, key=lambda v: v.id)


def _pyto(material: Material, path: Path, progress: Progress) -> None:
    options = material.options
    path.mkdir()
    plan = plan_of(material, progress)
    write_export(
        plan, path, link=options.pyto_link, despite_problems=options.pyto_despite_problems, progress=progress
    )


def plan_of(material: Material, progress: Progress | None = None) -> PytoPlan:
    """What would be written for Pyto, and what is to be known of it beforehand."""
    binning = material.options.pyto_binning
    return plan_export(material.volume, material.vesicles, material.project.regions, binning, progress)


def _star(material: Material, path: Path, _progress: Progress) -> None:
    options = material.options
    name = tomogram_name(Path(material.volume.info.path or material.name))
    grid = StarGrid(name, material.volume.shape, material.voxel_nm, options.relion_binning)
    write_star(path, material.vesicles, grid, options.relion, shapes=options.shapes)
    _compare(path, material.vesicles, read_star(path, grid).vesicles)


def _dynamo(material: Material, path: Path, _progress: Progress) -> None:
    dynamo.write_dynamo(path, material.vesicles, material.voxel_nm)
    back = dynamo.read_dynamo(path, material.voxel_nm)
    radii = {v.id: v.radius_nm for v in material.vesicles}
    found = zip(back.ids.tolist(), back.places.tolist(), strict=True)
    spheres = {i: Sphere(z, y, x, radii.get(i, 0.0)) for i, (z, y, x) in found}
    _compare_spheres(path, material.vesicles, spheres)


def _chimerax(material: Material, path: Path, _progress: Progress) -> None:
    chimerax.write_markers(path, material.vesicles, material.volume.info, colours=colours_of(material))
    _compare_spheres(path, material.vesicles, chimerax.read_markers(path, material.volume.info))


EXPORTERS: Mapping[str, Exporter] = {
    "imod": _imod,
    "pyto": _pyto,
    "labels": _labels,
    "tiff": _tiff,
    "zarr": export_zarr,
    "copick": export_copick,
    "portal": export_portal,
    "sff": export_sff,
    **SCENE_EXPORTERS,
    "csv": _csv,
    "star": _star,
    "dynamo": _dynamo,
    "chimerax": _chimerax,
}


def _painted(material: Material) -> Iterator[NDArray[np.uint16]]:
    shapes = material.options.shapes
    return paint_slabs(material.vesicles, material.voxel_nm, material.volume.shape, shapes=shapes)


def _compare_labels(path: Path, found: Volume, material: Material) -> None:
    """Raise unless the same labels were read back, slab by slab."""
    start = 0
    for slab in _painted(material):
        if not np.array_equal(found.data[start : start + len(slab)], slab):
            raise _differs(path)
        start += len(slab)


def _outlines(material: Material) -> ImodObject:
    shape = material.volume.shape
    contours = [
        contour
        for vesicle in material.vesicles
        for contour in ball_outlines(vesicle.sphere.to_px(material.voxel_nm), shape)
    ]
    return contour_object(_OUTLINES_NAME, contours, (0.34, 0.71, 0.91))


def _compare(path: Path, written: Sequence[Vesicle], found: Iterable[Vesicle]) -> None:
    """Raise unless the same ids, places and radii were read back, in the same order."""
    back = {v.id: v.sphere for v in found}
    if list(back) != [v.id for v in written]:
        raise _differs(path)
    _compare_spheres(path, written, back)


def _compare_spheres(path: Path, written: Sequence[Vesicle], found: Mapping[int, Sphere]) -> None:
    same = len(found) == len(written) and all(
        v.id in found and _close(v.sphere, found[v.id]) for v in written
    )
    if not same:
        raise _differs(path)


def _close(a: Sphere, b: Sphere) -> bool:
    return a.distance_nm(b) <= TOLERANCE_NM and abs(a.radius_nm - b.radius_nm) <= TOLERANCE_NM


def _differs(path: Path) -> CryoVesError:
    return CryoVesError(
        f"{path.name} did not read back as it was written, so nothing was saved; is the disk sound?"
    )

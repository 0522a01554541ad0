"""A project's vesicles as an annotation of the CryoET Data Portal; read back before it counts as saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

import cryoves_app
from cryoves_app.analysis.geometry.surface_points import PointRules, sample_surfaces, zxz_angles
from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.vesicle import Origin
from cryoves_app.formats.portal import (
    INSTANCES,
    ORIENTED,
    POINT,
    AnnotationFacts,
    Confidence,
    PortalPoints,
    parse_author,
    write_metadata,
    write_portal_points,
)
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.formats.tables.table import TABLE_SUFFIXES
from cryoves_app.workflow.export.export_material import Material
from cryoves_app.workflow.export.record import methods_of
from cryoves_app.workflow.importing.annotations import read_annotations
from cryoves_app.workflow.importing.vesicle_sources import VesicleSource, common_grid, load_vesicles

_NAME = "100-synaptic_vesicle-1.0"
#: From point to point on vesicles, in nm.
_SPACING_NM = 8.0
_TOLERANCE_NM = 0.01


def export_portal(material: Material, path: Path, progress: Progress) -> None:
    """Writes centres, oriented points and instances, and the metadata, as a folder of annotations has them.

    Raises
    ------
    CryoVesError
        If no author is given, or the instances read back differently.
    """
    authors = [parse_author(said) for said in material.options.authors]
    if not authors:
        raise CryoVesError(
            "The portal wants to know who annotated: --author “Ada Lovelace:0000-0002-1825-0097”."
        )
    folder = path / "Annotations"
    folder.mkdir(parents=True)
    shapes = {POINT: _centres(material), **_on_surfaces(material, progress)}
    files = [(shape, f"{_NAME}_{shape.lower()}.ndjson") for shape in shapes]
    for shape, name in files:
        write_portal_points(folder / name, shapes[shape], shape)
    facts = AnnotationFacts(
        methods_of(material.project),
        _method_type(material),
        f"CryoVes {cryoves_app.__version__}",
        authors,
        datetime.now(UTC).date().isoformat(),
        len(material.vesicles),
        _confidence(material),
    )
    write_metadata(folder / f"{_NAME}.json", facts, files)
    _read_back(folder / f"{_NAME}.json", material)


def _confidence(material: Material) -> Confidence | None:
    """How many of the vesicles are in the truth, if one is given, and how many of that were found."""
    if not material.options.truth:
        return None
    truth = Path(material.options.truth)
    size = None if truth.suffix.lower() in (SUFFIX, *TABLE_SUFFIXES) else material.voxel_nm
    true = load_vesicles(truth, size)
    here = Path(material.volume.info.path or material.name)
    found = VesicleSource(here, material.vesicles, (material.volume.shape, material.voxel_nm))
    common_grid(found, true)  # refuses those of another tomogram
    scores = compare(found.spheres, true.spheres)
    return Confidence(scores.precision, scores.recall, truth.name)


def _centres(material: Material) -> PortalPoints:
    places = np.array([v.sphere.centre_nm for v in material.vesicles], float).reshape(-1, 3)
    return PortalPoints(places / material.voxel_nm)


def _on_surfaces(material: Material, progress: Progress) -> dict[str, PortalPoints]:
    """Points all over the vesicles, also where they touch or leave the tomogram: spheres are to come back whole."""
    places, matrices, owners = [np.zeros((0, 3))], [np.zeros((0, 3, 3))], [np.zeros(0, np.intp)]
    for rows, spacing_nm in _spacings(material):
        spheres = [material.vesicles[row].sphere for row in rows]
        rules = PointRules(spacing_nm=spacing_nm, contact_nm=0.0)
        points, _ = sample_surfaces(spheres, None, rules, progress)
        places.append(points.places / material.voxel_nm)
        matrices.append(Rotation.from_euler("zxz", zxz_angles(points), degrees=True).as_matrix())
        owners.append(np.array(rows, np.intp)[points.owners])
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    ids = np.array([v.id for v in material.vesicles], np.intp)
    place = np.concatenate(places)[order]
    return {
        ORIENTED: PortalPoints(place, matrices=np.concatenate(matrices)[order]),
        INSTANCES: PortalPoints(place, ids[owner[order]]),
    }


def _spacings(material: Material) -> Iterator[tuple[list[int], float]]:
    """Rows of vesicles and how far points lie apart: small ones get a dozen, too, of which a sphere follows."""
    radii = [v.radius_nm for v in material.vesicles]
    large = [row for row, radius in enumerate(radii) if radius >= _SPACING_NM]
    if large:
        yield large, _SPACING_NM
    yield from (([row], radius) for row, radius in enumerate(radii) if radius < _SPACING_NM)


def _method_type(material: Material) -> str:
    """The portal's word: manual, automated, or hybrid where people added, changed or checked some."""
    if not material.project.run:
        return "manual"
    by_hand = any(v.reviewed or v.origin is not Origin.AUTO for v in material.vesicles)
    return "hybrid" if by_hand else "automated"


def _read_back(path: Path, material: Material) -> None:
    found, _ = read_annotations(path, material.voxel_nm, None)
    back = {v.id: v.sphere for v in found}
    same = len(back) == len(material.vesicles) and all(
        v.id in back
        and v.sphere.distance_nm(back[v.id]) <= _TOLERANCE_NM
        and abs(v.radius_nm - back[v.id].radius_nm) <= _TOLERANCE_NM
        for v in material.vesicles
    )
    if not same:
        raise CryoVesError(
            f"{path.name} did not read back as it was written, so nothing was saved; is the disk sound?"
        )

"""EMDB-SFF 0.8, the segmentations of the EM Data Bank: vesicles as exact ellipsoids, regions as meshes.

An ellipsoid's x, y and z are its semi-axes; its transform takes it to ångström in the tomogram, with the origin that
the header gives. Each vesicle is a segment of its own, whose number is its id.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from cryoves_app.domain.colours import SKY_BLUE, rgb_of
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.program import DEPOSIT_FLAG
from cryoves_app.domain.reading import reading
from cryoves_app.domain.units import angstrom_from_nm, are_lengths, nm_from_angstrom
from cryoves_app.domain.vesicle import LARGEST_ID, Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.particles import counted_on
from cryoves_app.formats.scene import RegionSurface
from cryoves_app.formats.xml_declarations import refuse_declarations
from cryoves_app.storage.reading_process import read_apart, serve_apart
from cryoves_app.storage.replacing import replacing
from cryoves_app.storage.temporary import TemporaryFolder

#: Endings that only such files have.
SFF_SUFFIXES = (".sff", ".hff")
_WHAT, _HDF5 = "an EMDB-SFF segmentation", ".hff"
_BALLS, _FAILURE = "balls", "failure"


@dataclass(frozen=True)
class SffFacts:
    """What a segmentation tells of itself: its name, the software with its version, and how it was made."""

    name: str
    software: str
    version: str
    details: str


def write_sff(
    path: str | os.PathLike[str],
    vesicles: Iterable[Vesicle],
    regions: Sequence[RegionSurface],
    info: VolumeInfo,
    facts: SffFacts,
    colours: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """Writes XML (``.sff``). ``colours`` are ``#RRGGBB`` of vesicles by id; sky blue where it is not said.

    Raises
    ------
    CryoVesError
        If the file cannot be written, or the library for it is not installed.
    """
    sff = _library()
    found = list(vesicles)
    whole = sff.SFFSegmentation(
        name=facts.name, primary_descriptor="shape_primitive_list", details=facts.details
    )
    whole.software_list = sff.SFFSoftwareList()
    whole.software_list.append(
        sff.SFFSoftware(id=0, name=facts.software, version=facts.version, processing_details=facts.details)
    )
    if min(info.origin_angstrom) >= 0:  # the schema has no box that begins below 0
        whole.bounding_box = _bounds(sff, info)
    # lists of our own, since the library makes all that one holds anew when it is asked for it
    transforms, segments = sff.SFFTransformList(), sff.SFFSegmentList()
    for number, vesicle in enumerate(found):
        transforms.append(_transform(sff, number, vesicle, info))
        segments.append(_ball(sff, number, vesicle, colours.get(vesicle.id, SKY_BLUE)))
    following = max((v.id for v in found), default=0)
    for number, region in enumerate(regions, 1):
        segments.append(_mesh(sff, following + number, region, info))
    whole.transform_list, whole.segment_list = transforms, segments
    with replacing(path) as temporary, TemporaryFolder(temporary.parent) as folder:
        text = folder.path / "whole.sff"  # the library tells formats by their endings
        _quietly(lambda: whole.export(str(text)))
        shutil.copyfile(text, temporary)


def _bounds(sff: Any, info: VolumeInfo) -> Any:
    size = angstrom_from_nm(info.voxel_size_nm or 0.0)
    x, y, z = info.origin_angstrom
    far_z, far_y, far_x = (n * size for n in info.shape)
    return sff.SFFBoundingBox(xmin=x, xmax=x + far_x, ymin=y, ymax=y + far_y, zmin=z, zmax=z + far_z)


def _transform(sff: Any, number: int, vesicle: Vesicle, info: VolumeInfo) -> Any:
    places = (vesicle.x_nm, vesicle.y_nm, vesicle.z_nm)
    matrix = np.eye(3, 4)
    matrix[:, 3] = [angstrom_from_nm(nm) + o for nm, o in zip(places, info.origin_angstrom, strict=True)]
    made = sff.SFFTransformationMatrix.from_array(matrix)
    made.id = number
    return made


def _ball(sff: Any, number: int, vesicle: Vesicle, colour: str) -> Any:
    segment = sff.SFFSegment(id=vesicle.id)
    note = sff.SFFBiologicalAnnotation(name=f"synaptic vesicle {vesicle.id}", number_of_instances=1)
    note.external_references = sff.SFFExternalReferenceList()
    note.external_references.append(
        sff.SFFExternalReference(
            id=0,
            resource="go",
            url="http://purl.obolibrary.org/obo/GO_0008021",
            accession="GO:0008021",
            label="synaptic vesicle",
        )
    )
    segment.biological_annotation = note
    red, green, blue = rgb_of(colour)
    segment.colour = sff.SFFRGBA(red=red, green=green, blue=blue, alpha=1.0)
    segment.shape_primitive_list = sff.SFFShapePrimitiveList()
    radius = angstrom_from_nm(vesicle.radius_nm)
    segment.shape_primitive_list.append(
        sff.SFFEllipsoid(id=0, x=radius, y=radius, z=radius, transform_id=number)
    )
    return segment


def _mesh(sff: Any, number: int, region: RegionSurface, info: VolumeInfo) -> Any:
    segment = sff.SFFSegment(id=number)
    segment.biological_annotation = sff.SFFBiologicalAnnotation(name=region.name, number_of_instances=1)
    red, green, blue, alpha = (c / 255 for c in region.colour)
    segment.colour = sff.SFFRGBA(red=red, green=green, blue=blue, alpha=alpha)
    corners = angstrom_from_nm(1.0) * region.corners[:, ::-1] + np.array(info.origin_angstrom)
    segment.mesh_list = sff.SFFMeshList()
    segment.mesh_list.append(
        sff.SFFMesh(
            id=0,
            vertices=sff.SFFVertices.from_array(corners.astype(np.float32)),
            triangles=sff.SFFTriangles.from_array(region.triangles[:, ::-1].astype(np.uint32)),
        )
    )
    return segment


def read_sff(path: str | os.PathLike[str], info: VolumeInfo) -> dict[int, Sphere]:
    """Round ellipsoids of a segmentation (``.sff``, ``.hff``, ``.json``) as spheres in nm from the first voxel, by id.

    HDF5 (``.hff``) is read in a process of its own.

    Raises
    ------
    CryoVesError
        If it cannot be understood, or declares entities, which could make it endless or reach for other files.
    """
    source = Path(path)
    _library()
    if source.suffix.lower() != _HDF5:
        return {number: _from_header(ball, info) for number, ball in _balls_of(source)}
    with reading(source, _WHAT):
        if not source.is_file():
            raise FileNotFoundError(source)
        answer = json.loads(read_apart(DEPOSIT_FLAG, source, "the segmentation"))
    if _FAILURE in answer:
        raise CryoVesError(str(answer[_FAILURE]))
    return {number: _from_header(Sphere(*ball), info) for number, ball in answer[_BALLS]}


def serve_deposit(path: str) -> int:
    """The other process: write what a file holds to standard output; its exit code."""
    return serve_apart(Path(path), deposit_answer)


def deposit_answer(path: Path) -> bytes:
    """What the other process writes: the balls of a file as JSON, or why there are none."""
    try:
        found = {_BALLS: [(number, (*ball.centre_nm, ball.radius_nm)) for number, ball in _balls_of(path)]}
    except CryoVesError as error:
        return json.dumps({_FAILURE: str(error)}).encode()
    return json.dumps(found).encode()


def _balls_of(source: Path) -> list[tuple[int, Sphere]]:
    """In nm from where the file counts, by id."""
    sff = _library()
    with reading(source, _WHAT):
        if source.suffix.lower() in (".sff", ".xml"):
            refuse_declarations(source)
        whole = _quietly(lambda: sff.SFFSegmentation.from_file(str(source)))
        if not whole.name:
            raise CryoVesError(f"{source} is no EMDB-SFF segmentation: it has no name.")
        matrices = {t.id: np.array(t.data_array, float) for t in whole.transform_list}
        return list(_balls(whole, matrices, source))


def _balls(whole: Any, matrices: dict[int, Any], source: Path) -> Iterable[tuple[int, Sphere]]:
    shapes = [
        (segment.id, shape)
        for segment in whole.segment_list
        for shape in segment.shape_primitive_list or ()
        if hasattr(shape, "transform_id") and type(shape).__name__ == "SFFEllipsoid"
    ]
    for number, (_, shape) in zip(counted_on(n for n, _ in shapes), shapes, strict=True):
        if not 1 <= number <= LARGEST_ID:
            raise CryoVesError(f"{source} numbers a segment {number}; ids go from 1 to {LARGEST_ID}.")
        yield number, _sphere(shape, matrices[shape.transform_id], source)


def _sphere(shape: Any, matrix: Any, source: Path) -> Sphere:
    scale = float(np.cbrt(abs(np.linalg.det(matrix[:3, :3]))))
    axes = [scale * float(v) for v in (shape.x, shape.y, shape.z)]
    if not (are_lengths([*axes, *matrix.ravel()]) and min(axes) > 0):
        raise CryoVesError(f"{source} holds an ellipsoid without a usable place or size.")
    x, y, z = (nm_from_angstrom(float(v)) for v in matrix[:3, 3])
    return Sphere(z, y, x, nm_from_angstrom(float(np.cbrt(np.prod(axes)))))


def _from_header(ball: Sphere, info: VolumeInfo) -> Sphere:
    """The same from the first voxel, where the tomogram's header has its origin."""
    x, y, z = (nm_from_angstrom(o) for o in info.origin_angstrom)
    return Sphere(ball.z_nm - z, ball.y_nm - y, ball.x_nm - x, ball.radius_nm)


def _quietly(work: Any) -> Any:
    """The library ends the program where a file displeases it."""
    try:
        return work()
    except SystemExit as error:
        raise CryoVesError("The library for EMDB-SFF refused the file.") from error


def _library() -> Any:
    try:
        from sfftkrw.schema import adapter_v0_8_0_dev1  # slow to load, and only needed for these
    except ModuleNotFoundError as error:
        raise CryoVesError(
            "EMDB-SFF needs the library sfftk-rw: pip install 'cryoves-app[exchange]' in CryoVes' environment."
        ) from error
    return adapter_v0_8_0_dev1

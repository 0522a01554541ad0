"""Vesicles and regions ↔ objects of an IMOD model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.region import Contour, Region, RegionKind, usual_tube_nm
from cryoves_app.domain.vesicle import LARGEST_ID, Flag, Origin, Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.domain.wording import counted
from cryoves_app.formats.imod.bodies import bodies_from_contours, fit_sphere_to_body, is_flat
from cryoves_app.formats.imod.frame import ModelFrame, points_of, reference_of
from cryoves_app.formats.imod.model import ImodContour, ImodModel, ImodObject, ObjectFlag, Unit

VESICLES_NAME = "vesicles"
_VESICLE_COLOUR = (1.0, 0.85, 0.1)
_GROUP_COLOURS = (_VESICLE_COLOUR, (0.34, 0.71, 0.91), (0.9, 0.62, 0.0), (0.0, 0.62, 0.45), (0.8, 0.47, 0.65))
#: Names that say no more than that an object holds vesicles.
_PLAIN_NAMES = frozenset({"vesicles", "vesicle", "ves", "sv", "svs", "synaptic vesicles", "vesicle outlines"})
_REGION_COLOURS = {
    RegionKind.CYTOPLASM: (0.2, 0.7, 1.0),
    RegionKind.ACTIVE_ZONE: (1.0, 0.25, 0.25),
    RegionKind.EXCLUDE: (0.6, 0.6, 0.6),
    RegionKind.ORGANELLE: (0.4, 0.9, 0.4),
}
_REGION_ORDER = (RegionKind.CYTOPLASM, RegionKind.ACTIVE_ZONE, RegionKind.ORGANELLE, RegionKind.EXCLUDE)


class ObjectRole(StrEnum):
    """What an object of somebody's model is."""

    VESICLES = "vesicles"  # points with sizes, or closed contours around bodies
    CYTOPLASM = "cytoplasm"
    ACTIVE_ZONE = "active_zone"
    ORGANELLE = "organelle"
    EXCLUDE = "exclude"
    IGNORE = "ignore"


@dataclass(frozen=True)
class _Words:
    role: ObjectRole
    parts: tuple[str, ...]


_NAMES = (
    _Words(ObjectRole.VESICLES, ("vesicle", "ves", "docked", "tether", "sv")),
    _Words(ObjectRole.ACTIVE_ZONE, ("active", "az", "zone")),
    _Words(ObjectRole.EXCLUDE, ("exclude", "ignore")),
    _Words(
        ObjectRole.CYTOPLASM,
        ("cell", "outline", "cyto", "presyn", "terminal", "bouton", "region", "boundary"),
    ),
    _Words(ObjectRole.ORGANELLE, ("mito", "endo", "er", "organelle", "microtub")),
)


def model_of(
    info: VolumeInfo,
    vesicles: Iterable[Vesicle],
    regions: Iterable[Region] = (),
    extra: Iterable[ImodObject] = (),
) -> ImodModel:
    """A model that lies over the tomogram: regions first (cell outline, active zone), then the vesicles.

    Raises
    ------
    CryoVesError
        If the voxel size is not known.
    """
    objects = [*_region_objects(regions, info), *vesicle_objects(vesicles, _voxel_size(info)), *extra]
    return _model(info, objects)


def vesicle_objects(vesicles: Iterable[Vesicle], voxel_size_nm: float) -> list[ImodObject]:
    """An object for each pool and set of tags, named after them; those that have neither are ``vesicles``."""
    groups: dict[str, list[Vesicle]] = {}
    for vesicle in vesicles:
        words = [word for word in (vesicle.pool, *vesicle.tags) if word]
        groups.setdefault(", ".join(words) or VESICLES_NAME, []).append(vesicle)
    if not groups:
        return [vesicle_object((), voxel_size_nm)]
    return [
        replace(
            vesicle_object(group, voxel_size_nm, name), colour=_GROUP_COLOURS[place % len(_GROUP_COLOURS)]
        )
        for place, (name, group) in enumerate(groups.items())
    ]


def tags_of_name(name: str) -> tuple[str, ...]:
    """What an object's name says of its vesicles, besides that they are some."""
    words = (word.strip() for word in name.split(","))
    return tuple(dict.fromkeys(word for word in words if word and word.lower() not in _PLAIN_NAMES))


def regions_model(info: VolumeInfo, regions: Iterable[Region]) -> ImodModel:
    """A model of regions alone, as ``model_of``."""
    return _model(info, _region_objects(regions, info))


def _model(info: VolumeInfo, objects: Sequence[ImodObject]) -> ImodModel:
    nz, ny, nx = info.shape
    size_nm = _voxel_size(info)
    return ImodModel((nx, ny, nz), tuple(objects), size_nm, Unit.NANOMETRE, reference=reference_of(info))


def _region_objects(regions: Iterable[Region], info: VolumeInfo) -> list[ImodObject]:
    ordered = sorted(regions, key=lambda region: _REGION_ORDER.index(region.kind))
    return [region_object(region, _voxel_size(info)) for region in ordered]


def _voxel_size(info: VolumeInfo) -> float:
    if info.voxel_size_nm is None:
        raise CryoVesError("The voxel size is not known; give it with --voxel-size in ångström.")
    return info.voxel_size_nm


def vesicle_object(
    vesicles: Iterable[Vesicle], voxel_size_nm: float, name: str = VESICLES_NAME
) -> ImodObject:
    """Scattered points with their radii; each vesicle is a contour of its own, labelled with its id."""
    contours, radii = [], []
    for vesicle in vesicles:
        *centre, radius = vesicle.sphere.to_px(voxel_size_nm)
        radii.append(radius)
        contours.append(
            ImodContour(points_of(np.array([centre])), np.array([radius], dtype=np.float32), str(vesicle.id))
        )
    mean = round(float(np.mean(radii))) if radii else 0
    return ImodObject(name, tuple(contours), ObjectFlag.SCATTERED, _VESICLE_COLOUR, mean)


def region_object(region: Region, voxel_size_nm: float) -> ImodObject:
    """A region's contours; an open line (an active zone) is drawn with its tube's radius."""
    is_open = any(not contour.closed for contour in region.contours)
    radius = round(region.tube_nm / 2 / voxel_size_nm) if is_open else 0
    return contour_object(region.name, region.contours, _REGION_COLOURS[region.kind], radius)


def contour_object(
    name: str,
    contours: Sequence[Contour],
    colour: tuple[float, float, float] = (0.0, 1.0, 0.0),
    radius_px: int = 0,
) -> ImodObject:
    """Any contours as an object: open if one of them is open."""
    flags = ObjectFlag.OPEN if any(not contour.closed for contour in contours) else 0
    made = tuple(ImodContour(points_of(np.array(contour.points_px))) for contour in contours)
    return ImodObject(name, made, flags, colour, radius_px)


def guess_role(item: ImodObject) -> ObjectRole:
    """A first guess from the name, else from the kind of object."""
    if not any(len(contour.points) for contour in item.contours):
        return ObjectRole.IGNORE
    if (named := role_named(item.name)) is not None:
        return named
    if item.is_scattered or any(contour.radii_px is not None for contour in item.contours):
        return ObjectRole.VESICLES
    return ObjectRole.ACTIVE_ZONE if item.is_open else ObjectRole.CYTOPLASM


def role_named(name: str) -> ObjectRole | None:
    """What an object's name says that it is; ``None`` where it says nothing."""
    words = "".join(c if c.isalpha() else " " for c in name.lower()).split()
    for known in _NAMES:
        if any(
            word == part or (len(part) > 2 and word.startswith(part))
            for word in words
            for part in known.parts
        ):
            return known.role
    return None


def contours_from_object(item: ImodObject, frame: ModelFrame) -> tuple[Contour, ...]:
    """The lines of an object as contours in voxels."""
    return tuple(
        Contour(_tuples(frame.voxels(contour.points)), closed=not (item.is_open or contour.is_open))
        for contour in item.contours
        if len(contour.points)
    )


def region_from_object(
    item: ImodObject, kind: RegionKind, frame: ModelFrame, voxel_size_nm: float | None = None
) -> Region:
    """A region of the given kind, with the object's name if it has one, and the usual tube for the voxel size."""
    region = Region(item.name or kind.value.replace("_", " "), kind, contours_from_object(item, frame))
    return replace(region, tube_nm=usual_tube_nm(voxel_size_nm)) if voxel_size_nm else region


@dataclass(frozen=True)
class ObjectVesicles:
    """The vesicles of an object, and what had to be decided to find them, in sentences."""

    vesicles: tuple[Vesicle, ...]
    notes: tuple[str, ...] = ()


def vesicles_from_object(
    item: ImodObject, frame: ModelFrame, voxel_size_nm: float, default_radius_nm: float | None = None
) -> ObjectVesicles:
    """The vesicles that an object holds: points with sizes, or bodies drawn as outlines.

    Ids come from the labels where these are numbers; the others follow after the largest.

    Raises
    ------
    CryoVesError
        If there are points without a size and no ``default_radius_nm`` is given.
    """
    if not item.is_scattered and _is_outlined(item):
        return _vesicles_from_outlines(item, frame, voxel_size_nm)
    found: list[tuple[int | None, Sphere]] = []
    for contour in item.contours:
        radii = radii_of(item, contour) * frame.scale * voxel_size_nm
        radii[radii <= 0] = default_radius_nm or np.nan
        if np.isnan(radii).any():
            raise CryoVesError(f"The object “{item.name}” has points without a size; give their radius.")
        for index, (place, radius) in enumerate(zip(frame.voxels(contour.points), radii, strict=True)):
            z, y, x = (float(value) * voxel_size_nm for value in place)
            found.append((_id_from_label(contour, index), Sphere(z, y, x, float(radius))))
    return ObjectVesicles(_numbered(found))


def _is_outlined(item: ImodObject) -> bool:
    """Whether the contours go round bodies; one that visits many places in space is a list of points."""
    if any(contour.radii_px is not None for contour in item.contours):
        return False
    flatness = [is_flat(contour.points) for contour in item.contours if len(contour.points) > 2]
    return sum(flatness) * 2 > len(flatness)


def _vesicles_from_outlines(item: ImodObject, frame: ModelFrame, voxel_size_nm: float) -> ObjectVesicles:
    found = bodies_from_contours(contours_from_object(item, frame))
    spheres = [(body, fit_sphere_to_body(body.points)) for body in found.bodies]
    spheres = [(body, sphere) for body, sphere in spheres if sphere[3] > 0]
    vesicles = _numbered([(None, Sphere.from_px(*sphere, voxel_size_nm)) for _, sphere in spheres])
    short = sum(0 < len(contour.points) < 3 for contour in item.contours)
    single = sum(body.contours == 1 for body, _ in spheres)
    return ObjectVesicles(vesicles, _outline_notes(item.name, len(spheres), single, found.inner, short))


def _outline_notes(name: str, count: int, single: int, inner: int, short: int) -> tuple[str, ...]:
    sentences = (
        (
            single,
            f"Outlined once: {single} of {count} vesicles of “{name}”; that circle is taken as the widest.",
        ),
        (inner, f"Left out, on the inner side of a membrane: {counted(inner, 'contour')} of “{name}”."),
        (short, f"Left out, with fewer than three points: {counted(short, 'contour')} of “{name}”."),
    )
    return tuple(sentence for number, sentence in sentences if number)


def radii_of(item: ImodObject, contour: ImodContour) -> NDArray[np.float64]:
    """The radius of each point of a contour ``(n,)`` in voxels, 0 where none is given."""
    usual = float(item.radius_px)
    if contour.radii_px is None:
        return np.full(len(contour.points), usual)
    own = contour.radii_px.astype(np.float64)
    return np.where(own < 0, usual, own)


def _id_from_label(contour: ImodContour, index: int) -> int | None:
    label = contour.point_labels.get(index, contour.label if len(contour.points) == 1 else "").strip()
    if not (label.isascii() and label.isdigit() and len(label) <= len(str(LARGEST_ID))):
        return None
    return int(label) if 0 < int(label) <= LARGEST_ID else None


def _numbered(found: Sequence[tuple[int | None, Sphere]]) -> tuple[Vesicle, ...]:
    """Vesicles with the stated ids; missing and repeated ones are numbered on."""
    following = max((number for number, _ in found if number), default=0) + 1
    used: set[int] = set()
    vesicles = []
    for stated, sphere in found:
        number = stated
        if number is None or number in used:
            number, following = following, following + 1
        used.add(number)
        vesicles.append(
            Vesicle(
                number, *sphere.centre_nm, sphere.radius_nm, origin=Origin.IMPORTED, flags=(Flag.NOT_FITTED,)
            )
        )
    return tuple(vesicles)


def _tuples(points: NDArray[np.float64]) -> tuple[tuple[float, float, float], ...]:
    return tuple((float(z), float(y), float(x)) for z, y, x in points)

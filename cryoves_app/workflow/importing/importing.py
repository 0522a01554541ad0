"""Vesicles and regions from files of other programs, laid over the open tomogram."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.tomogram_names import tomogram_name
from cryoves_app.domain.vesicle import Origin, Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.domain.wording import counted
from cryoves_app.formats.imod.convert import ObjectRole, tags_of_name, vesicles_from_object
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.reader import is_model, read_model
from cryoves_app.formats.imod.roles import guess_roles, outlines_note
from cryoves_app.formats.pyto import FIRST_VESICLE_ID, IDS, read_ids, read_vesicle_table
from cryoves_app.formats.sff import SFF_SUFFIXES, read_sff
from cryoves_app.formats.tables.star import StarGrid, read_star
from cryoves_app.formats.tables.table import TABLE_SUFFIXES, read_table
from cryoves_app.formats.volume_file import load_labels
from cryoves_app.workflow.importing.annotations import ANNOTATION_SUFFIXES, read_annotations
from cryoves_app.workflow.importing.doubts import doubts_about
from cryoves_app.workflow.importing.drawn_regions import notes_on_model, region_of_object
from cryoves_app.workflow.importing.label_import import (
    LabelPart,
    import_labels,
    parts_of_labels,
    vesicles_of_spheres,
)
from cryoves_app.workflow.importing.particle_lists import PARTICLE_SUFFIXES, vesicles_of_particles

PYTO_TABLE_ENDING = "_vesicles.dat"


@dataclass(frozen=True)
class ModelPart:
    """One object of an IMOD model, as a line of the table in which the user says what it is."""

    path: Path
    index: int
    name: str
    contours: int
    points: int
    guess: ObjectRole

    @property
    def title(self) -> str:
        """Its name, or which object of the model it is."""
        return self.name or f"object {self.index + 1}"

    @property
    def content(self) -> str:
        """How much it holds, in words."""
        return f"{counted(self.contours, 'contour')}, {counted(self.points, 'point')}"


@dataclass(frozen=True)
class Imported:
    """What came in. Ids are those of the file where it has any."""

    vesicles: tuple[Vesicle, ...] = ()
    regions: tuple[Region, ...] = ()
    notes: tuple[str, ...] = ()


def parts_of_models(paths: Iterable[Path]) -> list[ModelPart]:
    """All objects of some models, each with a guess of its role.

    Raises
    ------
    CryoVesError
        If one of the files is no model.
    """
    return [
        ModelPart(
            path,
            index,
            item.name,
            len(item.contours),
            sum(len(c.points) for c in item.contours),
            role,
        )
        for path in paths
        for objects in [read_model(path).objects]
        for index, (item, role) in enumerate(zip(objects, guess_roles(objects), strict=True))
    ]


def parts_of_files(paths: Iterable[Path]) -> list[ModelPart | LabelPart]:
    """All objects of models and all labels of label volumes, each with a guess of its role.

    Raises
    ------
    CryoVesError
        If one of the files is neither.
    """
    found: list[ModelPart | LabelPart] = []
    for path in paths:
        found += parts_of_models([path]) if is_model(path) else parts_of_labels(path)
    return found


def import_chosen(
    roles: Mapping[ModelPart | LabelPart, ObjectRole],
    info: VolumeInfo,
    default_radius_nm: float | None = None,
) -> Imported:
    """Bring in parts of models and label volumes in the roles that the user gave them.

    Raises
    ------
    CryoVesError
        As ``import_parts`` and ``import_labels``.
    """
    of_models = {part: role for part, role in roles.items() if isinstance(part, ModelPart)}
    of_labels = {part: role for part, role in roles.items() if isinstance(part, LabelPart)}
    drawn = import_parts(of_models, info, default_radius_nm)
    vesicles, regions, notes = import_labels(of_labels, info)
    return Imported(
        _distinct([*drawn.vesicles, *vesicles]), (*drawn.regions, *regions), (*drawn.notes, *notes)
    )


def import_parts(
    roles: Mapping[ModelPart, ObjectRole], info: VolumeInfo, default_radius_nm: float | None = None
) -> Imported:
    """Bring in objects of models in the roles that the user gave them.

    Raises
    ------
    CryoVesError
        If a model cannot be read, or points have no size and no ``default_radius_nm`` is given.
    """
    size = _voxel_size(info)
    vesicles: list[Vesicle] = []
    regions: list[Region] = []
    notes: list[str] = []
    for path in dict.fromkeys(part.path for part in roles):
        model = read_model(path)
        frame = ModelFrame.of(model, info)
        notes += notes_on_model(model, frame, path.name)
        for part, role in roles.items():
            if part.path != path or role is ObjectRole.IGNORE:
                continue
            item = model.objects[part.index]
            if role is ObjectRole.VESICLES:
                found = vesicles_from_object(item, frame, size, default_radius_nm)
                tags = tags_of_name(item.name)
                vesicles += [replace(v, tags=tags) for v in found.vesicles]
                notes += found.notes
            else:
                drawn = region_of_object(item, RegionKind(role.value), frame, info, path.name)
                regions.append(drawn.region)
                notes += drawn.notes
    return _with_doubts(Imported(_distinct(vesicles), tuple(regions), tuple(notes)), info)


def import_vesicle_file(path: Path, info: VolumeInfo, default_radius_nm: float | None = None) -> Imported:
    """Bring in vesicles from a table, a list of particles, a label volume, or a model with the roles as guessed.

    Raises
    ------
    CryoVesError
        If the file cannot be read, or does not fit the tomogram.
    """
    suffix = path.suffix.lower()
    if is_model(path):
        parts = parts_of_models([path])
        found = import_parts({part: part.guess for part in parts}, info, default_radius_nm)
        return replace(
            found,
            notes=(
                *found.notes,
                *outlines_note([p.name for p in parts if p.points and p.guess is ObjectRole.IGNORE]),
            ),
        )
    if suffix in TABLE_SUFFIXES:
        return _with_doubts(_from_table(path, info), info)
    if suffix == ".star":
        return _with_doubts(_from_star(path, info, default_radius_nm), info)
    if suffix in SFF_SUFFIXES:
        return _with_doubts(_from_sff(path, info), info)
    if suffix in ANNOTATION_SUFFIXES:
        vesicles, notes = read_annotations(path, _voxel_size(info), default_radius_nm)
        return _with_doubts(Imported(_distinct(vesicles), notes=notes), info)
    if suffix in PARTICLE_SUFFIXES:
        vesicles, notes = vesicles_of_particles(path, info, _voxel_size(info), default_radius_nm)
        return _with_doubts(Imported(_distinct(vesicles), notes=notes), info)
    return _from_labels(path, info)


def _from_table(path: Path, info: VolumeInfo) -> Imported:
    table = read_table(path, info.voxel_size_nm)
    return Imported(tuple(replace(v, origin=Origin.IMPORTED) for v in table.vesicles), notes=table.notes)


def _from_sff(path: Path, info: VolumeInfo) -> Imported:
    found = read_sff(path, info).items()
    return Imported(
        tuple(Vesicle(number, *s.centre_nm, s.radius_nm, origin=Origin.IMPORTED) for number, s in found)
    )


def _from_star(path: Path, info: VolumeInfo, default_radius_nm: float | None) -> Imported:
    grid = StarGrid(tomogram_name(Path(info.path or path)), info.shape, _voxel_size(info))
    particles = read_star(path, grid, default_radius_nm)
    return Imported(particles.vesicles, notes=particles.notes)


def _with_doubts(found: Imported, info: VolumeInfo) -> Imported:
    return replace(found, notes=(*found.notes, *doubts_about(found.vesicles, info)))


def is_pyto_table(path: Path) -> bool:
    """Whether a file is by its name a vesicle table that Pyto wrote."""
    return path.name.lower().endswith(PYTO_TABLE_ENDING)


def ids_beside(table: Path) -> Path | None:
    """The ``ids.csv`` of the folder that Pyto's table lies in: ``3d/ids.csv`` beside the folder of its script."""
    places = [folder / IDS for folder in table.absolute().parents[:4]]
    return next((place for place in (table.with_name(IDS.name), *places) if is_file(place)), None)


def vesicles_of_pyto_table(table: Path, ids: Path) -> tuple[int, ...]:
    """The vesicles (ids) that a table of Pyto speaks of, by the ``ids.csv`` that was exported with the labels.

    Raises
    ------
    CryoVesError
        If a file cannot be read, or the table speaks of labels that were not exported.
    """
    known = read_ids(ids)
    labels = [vesicle.label for vesicle in read_vesicle_table(table)]
    strange = [label for label in labels if label not in known]
    if strange:
        raise CryoVesError(
            f"{table} speaks of label {strange[0]}, which is not in {ids}; it is of another export."
        )
    return tuple(known[label] for label in labels)


def _from_labels(path: Path, info: VolumeInfo) -> Imported:
    """Every label is a vesicle; in Pyto's volumes (1 or 2 and numbers from 10) those from 10 up are."""
    size = _voxel_size(info)
    labels, _ = load_labels(path, info.shape)
    spheres = spheres_of_labels(labels)
    first, notes = _first_vesicle(spheres, size)
    return Imported(tuple(vesicles_of_spheres(spheres, size, first)), notes=notes)


def _first_vesicle(
    spheres: Mapping[int, tuple[float, float, float, float]], size_nm: float
) -> tuple[int, tuple[str, ...]]:
    low = [label for label in spheres if label < FIRST_VESICLE_ID]
    high = [spheres[label][3] for label in spheres if label >= FIRST_VESICLE_ID]
    # a region or an active zone is much larger than any vesicle
    if low and high and max(spheres[label][3] for label in low) > 1.5 * max(high):
        return FIRST_VESICLE_ID, (
            f"Labels below {FIRST_VESICLE_ID} are taken as regions of Pyto and left out.",
        )
    return 1, ()


def _voxel_size(info: VolumeInfo) -> float:
    if info.voxel_size_nm is None:
        raise CryoVesError("The voxel size is not known; give it with --voxel-size in ångström.")
    return info.voxel_size_nm


def _distinct(vesicles: list[Vesicle]) -> tuple[Vesicle, ...]:
    """Ids of several objects may repeat; later ones are numbered on."""
    following = max((v.id for v in vesicles), default=0) + 1
    used: set[int] = set()
    found = []
    for vesicle in vesicles:
        number = vesicle.id
        if number in used:
            number, following = following, following + 1
        used.add(number)
        found.append(replace(vesicle, id=number))
    return tuple(found)

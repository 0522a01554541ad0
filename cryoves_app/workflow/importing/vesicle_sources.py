"""Vesicles from whatever file they are in: a table, an IMOD model, a label volume, a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.reading import is_missing
from cryoves_app.domain.region import Region
from cryoves_app.domain.units import nm_from_angstrom
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.imod.convert import ObjectRole, vesicles_from_object
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.model import ImodModel, ImodObject, Unit
from cryoves_app.formats.imod.reader import is_model, read_model
from cryoves_app.formats.imod.roles import guess_roles, outlines_note
from cryoves_app.formats.project.project_file import SUFFIX, read_project
from cryoves_app.formats.sff import SFF_SUFFIXES
from cryoves_app.formats.tables.table import TABLE_SUFFIXES, read_table
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.importing.annotations import ANNOTATION_SUFFIXES, read_annotations
from cryoves_app.workflow.importing.drawn_regions import notes_on_model
from cryoves_app.workflow.importing.particle_lists import PARTICLE_SUFFIXES

SourceGrid = tuple[tuple[int, int, int], float]
#: Places in these count from the tomogram's origin or middle, which only its header tells, or are of several.
_NEED_TOMOGRAM = (*SFF_SUFFIXES, *PARTICLE_SUFFIXES, ".star")
#: Sizes beyond these come from damaged models.
_LONGEST_AXIS_PX, _POSSIBLE_PIXEL_NM = 100_000, (1e-3, 1e3)
#: How many nanometres a model's unit has.
_NM_PER_UNIT = {Unit.NANOMETRE: 1.0, Unit.ANGSTROM: 0.1, Unit.MICROMETRE: 1000.0}


#: Voxel sizes of one tomogram in two headers may differ by so much, as they are rounded.
_SAME_VOXEL_SIZE = 0.005


@dataclass(frozen=True)
class VesicleSource:
    """Vesicles of a file that count (accepted, inside the region), and on what grid they lie, where it says so.

    ``doubtful`` are outliers, and vesicles outside the region; ``regions`` are those in which they were curated;
    ``notes`` say what had to be decided to read them.
    """

    path: Path
    vesicles: tuple[Vesicle, ...]
    grid: SourceGrid | None = None
    labels: NDArray[np.uint16] | None = None
    doubtful: tuple[Vesicle, ...] = ()
    regions: tuple[Region, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def spheres(self) -> list[Sphere]:
        return [v.sphere for v in self.vesicles]


def load_vesicles(path: Path, voxel_size_nm: float | None = None) -> VesicleSource:
    """Read vesicles from a ``.csv``, ``.mod``, ``.cryoves``, label file (MRC, TIFF, OME-Zarr) or annotation in JSON.

    Raises
    ------
    CryoVesError
        If the file is missing, of another kind, or holds no vesicles' places and sizes.
    """
    if is_missing(path):
        raise CryoVesError(f"There is no file {path}.")
    if is_model(path):
        return _from_model(path, voxel_size_nm)
    if path.suffix.lower() in _NEED_TOMOGRAM:
        raise CryoVesError(
            f"{path} tells where vesicles lie only together with its tomogram: import it in the window (File, "
            "Import vesicles or regions), and give the saved project here."
        )
    readers = {
        **dict.fromkeys(TABLE_SUFFIXES, _from_table),
        **dict.fromkeys(ANNOTATION_SUFFIXES, _from_annotations),
        SUFFIX: _from_project,
    }
    return readers.get(path.suffix.lower(), _from_labels)(path, voxel_size_nm)


def common_grid(a: VesicleSource, b: VesicleSource) -> SourceGrid | None:
    """The grid on which both lie; ``None`` where neither says.

    Raises
    ------
    CryoVesError
        If they lie on different ones.
    """
    if a.grid is None or b.grid is None:
        return a.grid or b.grid
    if a.grid[0] != b.grid[0]:
        raise CryoVesError(
            f"{a.path} and {b.path} belong to tomograms of different size ({_in_words(a.grid)}; {_in_words(b.grid)}); "
            "they can't be compared."
        )
    if abs(a.grid[1] / b.grid[1] - 1) > _SAME_VOXEL_SIZE:
        raise CryoVesError(
            f"{a.path} and {b.path} state different voxel sizes ({_in_words(a.grid)}; {_in_words(b.grid)}), so places "
            "don't agree; give the right one with --voxel-size in ångström, or mend the header that is wrong."
        )
    return a.grid


def _in_words(grid: SourceGrid) -> str:
    return f"{' × '.join(str(n) for n in reversed(grid[0]))} voxels of {grid[1]:.4g} nm"


def grid_of(path: Path, voxel_size_nm: float | None = None) -> SourceGrid:
    """The grid that a label file, a model or a project says it lies on.

    Raises
    ------
    CryoVesError
        If it says no voxel size and none is given.
    """
    if is_model(path):
        model = read_model(path)
        return _shape_of(model, path), _stated(voxel_size_nm or pixel_size_nm(model), path)
    if path.suffix.lower() == SUFFIX:
        tomogram = read_project(path).tomogram
        return tomogram.shape, tomogram.voxel_size_nm
    info = open_volume(path).info
    return info.shape, _stated(voxel_size_nm or info.header_voxel_size_nm, path)


def _stated(size_nm: float | None, path: Path) -> float:
    if not size_nm:
        raise CryoVesError(f"{path} does not say its voxel size; give it with --voxel-size in ångström.")
    return size_nm


def _from_table(path: Path, voxel_size_nm: float | None) -> VesicleSource:
    table = read_table(path, voxel_size_nm)
    found = table.vesicles
    return VesicleSource(path, for_export(found), doubtful=_doubtful(found), notes=table.notes)


def _from_annotations(path: Path, voxel_size_nm: float | None) -> VesicleSource:
    found, notes = read_annotations(path, _stated(voxel_size_nm, path), None)
    return VesicleSource(path, tuple(found), notes=notes)


def _from_project(path: Path, voxel_size_nm: float | None) -> VesicleSource:
    project = read_project(path)
    found, tomogram = project.vesicles, project.tomogram
    grid = (tomogram.shape, tomogram.voxel_size_nm)
    return VesicleSource(path, for_export(found), grid, doubtful=_doubtful(found), regions=project.regions)


def _doubtful(found: VesicleSet) -> tuple[Vesicle, ...]:
    counted = {v.id for v in for_export(found)}
    return tuple(v for v in found if v.status is not Status.REJECTED and v.id not in counted)


def _from_labels(path: Path, voxel_size_nm: float | None) -> VesicleSource:
    labels, info = load_labels(path)
    size_nm = _stated(voxel_size_nm or info.header_voxel_size_nm, path)
    found = [
        Vesicle(label, *Sphere.from_px(*sphere, size_nm).centre_nm, sphere[3] * size_nm)
        for label, sphere in spheres_of_labels(labels).items()
    ]
    return VesicleSource(path, tuple(found), (info.shape, size_nm), labels)


def _from_model(path: Path, voxel_size_nm: float | None) -> VesicleSource:
    model = read_model(path)
    size_nm = _stated(voxel_size_nm or pixel_size_nm(model), path)
    frame = ModelFrame(flipped=model.is_flipped)  # the model lies on its own image
    objects, ignored = _vesicle_objects(model, path)
    found = [vesicles_from_object(o, frame, size_nm) for o in objects]
    notes = [*notes_on_model(model, frame, path.name), *(note for part in found for note in part.notes)]
    notes += outlines_note(ignored)
    vesicles = _with_distinct_ids([part.vesicles for part in found])
    return VesicleSource(path, vesicles, (_shape_of(model, path), size_nm), notes=tuple(notes))


def _shape_of(model: ImodModel, path: Path) -> tuple[int, int, int]:
    x, y, z = model.size_px
    if min(x, y, z) < 1 or max(x, y, z) > _LONGEST_AXIS_PX:
        raise CryoVesError(f"{path} does not say the size of its tomogram: {x} × {y} × {z} voxels cannot be.")
    return z, y, x


def _vesicle_objects(model: ImodModel, path: Path) -> tuple[list[ImodObject], list[str]]:
    """The objects that are vesicles by name or kind, else the only one there is; and the names of outlines of them."""
    drawn = [o for o in model.objects if any(len(c.points) for c in o.contours)]
    roles = list(zip(drawn, guess_roles(drawn), strict=True))
    objects = [o for o, role in roles if role is ObjectRole.VESICLES] or drawn[:1]
    if not objects:
        raise CryoVesError(f"{path} holds no vesicles: it is empty.")
    return objects, [o.name for o, role in roles if role is ObjectRole.IGNORE]


def _with_distinct_ids(objects: Sequence[Sequence[Vesicle]]) -> tuple[Vesicle, ...]:
    """One object keeps its ids; those of several are numbered through."""
    if len(objects) == 1:
        return tuple(objects[0])
    return tuple(replace(v, id=n) for n, v in enumerate(chain.from_iterable(objects), 1))


def pixel_size_nm(model: ImodModel) -> float | None:
    """The pixel size that a model states, by its header or by the image that it was drawn on."""
    stated = [float(model.pixel_size) * _NM_PER_UNIT[model.unit]] if model.unit in _NM_PER_UNIT else []
    if model.reference is not None:
        stated.append(nm_from_angstrom(model.reference.scale_angstrom[0]))
    low, high = _POSSIBLE_PIXEL_NM
    return next((size for size in stated if low < size < high), None)

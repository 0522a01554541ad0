"""Region and active zone of a tomogram, from the files that people have and into IMOD models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.outlines import outlines
from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_missing
from cryoves_app.domain.region import Region, RegionKind, join_regions
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import (
    ObjectRole,
    guess_role,
    regions_model,
    role_named,
)
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.model import ImodModel, ImodObject
from cryoves_app.formats.imod.reader import is_model, read_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.project.project_file import SUFFIX, read_project
from cryoves_app.formats.volume_file import label_planes
from cryoves_app.storage.replacing import replacing
from cryoves_app.workflow.importing.drawn_regions import notes_on_model, region_of_object
from cryoves_app.workflow.project.measurements import RegionMasks

_WORDS = {RegionKind.CYTOPLASM: "region", RegionKind.ACTIVE_ZONE: "active zone"}


@dataclass(frozen=True)
class LoadedRegion:
    """A region's voxels, and the contours that it came as or was made into."""

    mask: RunMask
    regions: tuple[Region, ...] = ()
    warnings: tuple[str, ...] = ()


def load_region(path: Path, kind: RegionKind, info: VolumeInfo) -> LoadedRegion:
    """Read a region that lies over a tomogram.

    Raises
    ------
    CryoVesError
        If the file is missing, holds nothing that could be the region, or covers no voxel.
    """
    if is_missing(path):
        raise CryoVesError(f"The file of the {_WORDS[kind]} is missing: {path}.")
    if is_model(path):
        loaded = _from_model(path, kind, info)
    else:
        loaded = (_from_project if path.suffix.lower() == SUFFIX else _from_labels)(path, kind, info)
    if not loaded.mask.any():
        raise _covers_nothing(kind, path)
    return loaded


def _covers_nothing(kind: RegionKind, path: Path) -> CryoVesError:
    return CryoVesError(f"The {_WORDS[kind]} in {path} covers no voxel of the tomogram.")


def write_regions(path: Path, regions: Sequence[Region], info: VolumeInfo) -> None:
    """Write regions into a model, an object each, and read them back.

    Raises
    ------
    CryoVesError
        If the file cannot be written, or did not read back as it was written; what was there before stays.
    """
    model = regions_model(info, regions)
    with replacing(path) as temporary:
        write_model(temporary, model)
        if not _same(model, read_model(temporary)):
            raise CryoVesError(f"{path.name} did not read back as it was written; is the disk sound?")


def _same(written: ImodModel, found: ImodModel) -> bool:
    """Whether two models hold the same lines in the same objects."""
    return len(written.objects) == len(found.objects) and all(
        len(a.contours) == len(b.contours)
        and a.is_open == b.is_open
        and all(np.array_equal(c.points, d.points) for c, d in zip(a.contours, b.contours, strict=True))
        for a, b in zip(written.objects, found.objects, strict=True)
    )


def _from_labels(path: Path, kind: RegionKind, info: VolumeInfo) -> LoadedRegion:
    ends: list[tuple[int, int]] = []
    mask = RunMask.of(info.shape, _watched(label_planes(path, info.shape), ends))
    least, most = min(low for low, _ in ends), max(high for _, high in ends)
    if most > least > 0:
        raise CryoVesError(
            f"{path} has a label from {least} to {most} at each voxel, so nothing lies outside the {_WORDS[kind]}; "
            "what lies outside has to be 0."
        )
    if kind is RegionKind.ACTIVE_ZONE:  # contours of a zone are lines with a tube, which its voxels are not
        return LoadedRegion(mask)
    return LoadedRegion(mask, (Region(_WORDS[kind], kind, outlines(mask)),))


def _watched(
    planes: Iterable[NDArray[np.uint16]], ends: list[tuple[int, int]]
) -> Iterator[NDArray[np.uint16]]:
    """The slices as they are; the least and the largest number of each is put into ``ends``."""
    for plane in planes:
        ends.append((int(plane.min()), int(plane.max())))
        yield plane


def _from_project(path: Path, kind: RegionKind, info: VolumeInfo) -> LoadedRegion:
    """The regions that were drawn in the window."""
    project = read_project(path)
    if project.tomogram.shape != info.shape:
        raise CryoVesError(f"The project {path} belongs to a tomogram of another size.")
    loaded = _together(project.regions, kind, info.shape, project.tomogram.voxel_size_nm)
    if loaded is None:
        raise CryoVesError(f"The project {path} holds no {_WORDS[kind]}.")
    return loaded


def _from_model(path: Path, kind: RegionKind, info: VolumeInfo) -> LoadedRegion:
    """The objects of a model whose names say so, else the first one."""
    assert info.voxel_size_nm is not None
    model = read_model(path)
    drawn = [o for o in model.objects if not o.is_scattered and any(len(c.points) for c in o.contours)]
    chosen = _chosen(drawn, kind)
    if not chosen:
        raise CryoVesError(f"{path} holds no contours that could be the {_WORDS[kind]}.")
    frame = ModelFrame.of(model, info)
    made = [region_of_object(item, own_kind, frame, info, path.name) for item, own_kind in chosen]
    regions = join_regions((), [drawn.region for drawn in made])
    loaded = _together(regions, kind, info.shape, info.voxel_size_nm)
    if loaded is None:
        raise _covers_nothing(kind, path)
    notes = [*notes_on_model(model, frame, path.name), *(note for drawn in made for note in drawn.notes)]
    notes += [_choice(path.name, kind, len(drawn), regions)] if len(drawn) > 1 else []
    notes += _other_role_notes(chosen, kind)
    if any(region.interpolate for region in regions):
        notes.append(f"The {_WORDS[kind]} is drawn on some slices only; those between are interpolated.")
    return replace(loaded, warnings=tuple(notes))


def _chosen(drawn: Sequence[ImodObject], kind: RegionKind) -> list[tuple[ImodObject, RegionKind]]:
    """Objects with what they are; places to leave out belong to the cytoplasm."""
    excluded = [o for o in drawn if kind is RegionKind.CYTOPLASM and role_named(o.name) is ObjectRole.EXCLUDE]
    rest = [o for o in drawn if o not in excluded]
    named = [o for o in rest if role_named(o.name) == kind.value]
    likely = [o for o in rest if guess_role(o) == kind.value]
    found = named or likely[:1] or (rest[:1] if not excluded else [])
    return [(o, kind) for o in found] + [(o, RegionKind.EXCLUDE) for o in excluded]


def _other_role_notes(chosen: Sequence[tuple[ImodObject, RegionKind]], kind: RegionKind) -> list[str]:
    """Objects that serve as something else than what their names say."""
    strange = [
        item.name for item, own in chosen if own is kind and role_named(item.name) not in (None, kind.value)
    ]
    return [f"The {_WORDS[kind]} is taken from “{name}”, whose name says something else." for name in strange]


def _choice(file_name: str, kind: RegionKind, count: int, regions: Sequence[Region]) -> str:
    """Which of several objects serve."""
    taken = _listed(r for r in regions if r.kind is kind) or "all of the tomogram"
    without = _listed(r for r in regions if r.kind is not kind)
    text = f"{file_name} holds {count} drawn objects; the {_WORDS[kind]} is {taken}"
    return f"{text}, without {without}." if without else f"{text}."


def _listed(regions: Iterable[Region]) -> str:
    return " and ".join(f"“{region.name}”" for region in regions)


def _together(
    regions: Sequence[Region], kind: RegionKind, shape: tuple[int, int, int], voxel_size_nm: float
) -> LoadedRegion | None:
    """Regions of a kind together; the cytoplasm is without excluded places. ``None`` where there are none."""
    kinds = (kind, RegionKind.EXCLUDE) if kind is RegionKind.CYTOPLASM else (kind,)
    own = tuple(r for r in regions if r.kind in kinds and r.contours)
    masks = RegionMasks.of(own, shape, voxel_size_nm)
    mask = masks.zone if kind is RegionKind.ACTIVE_ZONE else masks.inside
    return None if mask is None else LoadedRegion(mask, own)


def _xyz(shape: tuple[int, ...]) -> str:
    return " × ".join(str(n) for n in reversed(shape))

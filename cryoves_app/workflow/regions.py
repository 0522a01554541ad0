"""Region and active zone of a tomogram, from the files that people have and into IMOD models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.outlines import outlines
from cryoves_app.analysis.regions import rasterise, with_usual_interpolation
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.atomic import replacing
from cryoves_app.formats.imod.convert import guess_role, region_from_object, regions_model
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.model import ImodModel, ImodObject
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import read_labels
from cryoves_app.formats.project_file import SUFFIX, read_project
from cryoves_app.workflow.measurements import RegionMasks

_WORDS = {RegionKind.CYTOPLASM: "region", RegionKind.ACTIVE_ZONE: "active zone"}


@dataclass(frozen=True)
class LoadedRegion:
    """A region's voxels; its contours too, where it came as contours."""

    mask: NDArray[np.uint8]
    region: Region | None = None
    warnings: tuple[str, ...] = ()


def load_region(path: Path, kind: RegionKind, info: VolumeInfo) -> LoadedRegion:
    """Read a region that lies over a tomogram.

    Raises
    ------
    CryoVesError
        If the file is missing, holds nothing that could be the region, or covers no voxel.
    """
    if not path.is_file():
        raise CryoVesError(f"The file of the {_WORDS[kind]} is missing: {path}.")
    readers = {".mod": _from_model, SUFFIX: _from_project}
    loaded = readers.get(path.suffix.lower(), _from_labels)(path, kind, info)
    if not loaded.mask.any():
        raise CryoVesError(f"The {_WORDS[kind]} in {path} covers no voxel of the tomogram.")
    return loaded


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
    labels = read_labels(path)
    if labels.shape != info.shape:
        raise CryoVesError(
            f"{path} has the shape {_xyz(labels.shape)}, the tomogram {_xyz(info.shape)} (x, y, z)."
        )
    mask = (labels.data > 0).astype(np.uint8)
    if kind is RegionKind.ACTIVE_ZONE:  # contours of a zone are lines with a tube, which its voxels are not
        return LoadedRegion(mask)
    return LoadedRegion(mask, Region(_WORDS[kind], kind, outlines(mask)))


def _from_project(path: Path, kind: RegionKind, info: VolumeInfo) -> LoadedRegion:
    """The regions that were drawn in the window; the cytoplasm is without excluded places."""
    project = read_project(path)
    if project.tomogram.shape != info.shape:
        raise CryoVesError(f"The project {path} belongs to a tomogram of another size.")
    masks = RegionMasks.of(project.regions, info.shape, project.tomogram.voxel_size_nm)
    mask = masks.zone if kind is RegionKind.ACTIVE_ZONE else masks.inside
    if mask is None:
        raise CryoVesError(f"The project {path} holds no {_WORDS[kind]}.")
    return LoadedRegion(mask, next((r for r in project.regions if r.kind is kind), None))


def _from_model(path: Path, kind: RegionKind, info: VolumeInfo) -> LoadedRegion:
    model = read_model(path)
    drawn, warnings = _choose(model, kind, path)
    region = with_usual_interpolation(
        region_from_object(drawn, kind, ModelFrame.of(model, info), info.voxel_size_nm)
    )
    if region.interpolate:
        warnings = (
            *warnings,
            f"The {_WORDS[kind]} is drawn on some slices only; those between are interpolated.",
        )
    assert info.voxel_size_nm is not None
    return LoadedRegion(rasterise(region, info.shape, info.voxel_size_nm), region, warnings)


def _choose(model: ImodModel, kind: RegionKind, path: Path) -> tuple[ImodObject, tuple[str, ...]]:
    """The object whose name says so, else the first one with lines."""
    drawn = [o for o in model.objects if not o.is_scattered and any(len(c.points) for c in o.contours)]
    if not drawn:
        raise CryoVesError(f"{path} holds no contours that could be the {_WORDS[kind]}.")
    named = [o for o in drawn if guess_role(o).value == kind.value]
    chosen = (named or drawn)[0]
    if len(drawn) == 1:
        return chosen, ()
    return chosen, (
        f"{path.name} holds {len(drawn)} drawn objects; “{chosen.name}” is taken as the {_WORDS[kind]}.",
    )


def _xyz(shape: tuple[int, ...]) -> str:
    return " × ".join(str(n) for n in reversed(shape))

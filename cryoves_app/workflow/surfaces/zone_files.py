"""An active zone found in a project's or a file's tomogram, as a model and as a region of a project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.reading import exists
from cryoves_app.domain.region import Region
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.storage.replacing import refuse_inputs
from cryoves_app.workflow.export.export_material import read_material
from cryoves_app.workflow.importing.regions import write_regions
from cryoves_app.workflow.project.bring_region import bring_region
from cryoves_app.workflow.project.known_contrast import has_bright_membranes
from cryoves_app.workflow.surfaces.active_zone import find_active_zone
from cryoves_app.workflow.surfaces.order import FoundZone, ZoneOrder


@dataclass(frozen=True)
class ZoneSource:
    """A tomogram, its vesicles and regions as far as they are known, and the file that was named."""

    volume: Volume
    vesicles: tuple[Vesicle, ...]
    is_bright: bool
    path: Path
    regions: tuple[Region, ...] = ()


def is_project(path: Path) -> bool:
    """By its name."""
    return path.suffix.lower() == SUFFIX


def zone_of_project(path: Path) -> ZoneSource:
    """A project's tomogram, accepted vesicles and regions; raises ``CryoVesError`` if one cannot be read."""
    material = read_material(path)
    project = material.project
    return ZoneSource(
        material.volume, material.vesicles, has_bright_membranes(project), path, project.regions
    )


def zone_of_tomogram(path: Path, voxel_size_nm: float | None, *, is_bright: bool = False) -> ZoneSource:
    """A tomogram alone; raises ``CryoVesError`` if it cannot be read or its voxel size is not known."""
    volume = open_volume(path, voxel_size_nm)
    if volume.info.voxel_size_nm is None:
        why = volume.info.doubt.sentence if volume.info.doubt else f"{path} says no voxel size."
        raise CryoVesError(f"{why} Give it with --voxel-size in ångström.")
    return ZoneSource(volume, (), is_bright, path)


def write_zone(
    source: ZoneSource,
    order: ZoneOrder,
    model: Path | None,
    into: Path | None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> FoundZone:
    """Find the zone, write a model, and bring it into a project, whichever is wanted.

    Raises
    ------
    CryoVesError
        As ``find_active_zone``; if the model exists (without ``force``), is an input, or cannot be written.
    """
    if model is not None:
        refuse_inputs([model], [source.path])
        if exists(model) and not force:
            raise CryoVesError(f"{model} exists already; use --force to replace it.")
    found = find_active_zone(
        source.volume,
        source.vesicles,
        order,
        regions=source.regions,
        is_bright=source.is_bright,
        progress=progress,
    )
    if model is not None:
        write_regions(model, [found.region], source.volume.info)
    if into is not None:
        bring_region(into, found.region, source.volume.shape)
    return found

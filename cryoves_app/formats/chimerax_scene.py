"""A ChimeraX script that shows vesicles, regions and the tomogram in their colours, with the files that it opens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.units import angstrom_from_nm
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.chimerax import write_markers
from cryoves_app.formats.scene import RegionSurface, region_name, write_surface
from cryoves_app.storage.replacing import replacing

SCRIPT, MARKERS = "open.cxc", "vesicles.cmm"
_TOMOGRAM = "cryoves_tomogram"
_SPEAKS_ASCII = re.compile(r"\W+", re.ASCII)
#: What ChimeraX would not take between double quotes as it stands.
_UNQUOTABLE = re.compile(r'["\\\r\n]')


@dataclass(frozen=True)
class ChimeraXScene:
    """What is shown. ``colours`` are ``#RRGGBB`` of vesicles by id."""

    vesicles: Sequence[Vesicle]
    regions: Sequence[RegionSurface]
    info: VolumeInfo
    colours: Mapping[int, str]


def write_chimerax_scene(folder: Path, scene: ChimeraXScene) -> None:
    """Writes the script and what it opens into an empty folder; lengths in ångström with the header's origin.

    ChimeraX goes to the script's folder before it runs it, so that only the tomogram is named with its whole path; it
    comes last, since a script ends where a file is missing.
    """
    write_markers(folder / MARKERS, scene.vesicles, scene.info, colours=scene.colours)
    surfaces = []
    for number, region in enumerate(scene.regions, 1):
        name = _SPEAKS_ASCII.sub("_", region_name(number, region))
        write_surface(folder / f"{name}.stl", region, angstrom_from_nm(1.0), scene.info.origin_angstrom)
        surfaces.append((name, region.colour))
    lines = _lines(surfaces, scene.info)
    with replacing(folder / SCRIPT) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _lines(surfaces: Iterable[tuple[str, tuple[int, int, int, int]]], info: VolumeInfo) -> Iterator[str]:
    yield "# Open this file in ChimeraX. Vesicles are markers with their ids; lengths in angstrom."
    yield f"open {MARKERS}"
    for name, colour in surfaces:
        yield f"open {name}.stl name {name}"
        yield f"color ##name={name} #{bytes(colour).hex()}"
    yield "view"
    yield from _tomogram(info)


def _tomogram(info: VolumeInfo) -> Iterator[str]:
    """The middle slice. Voxel size and origin are said once more, since programs read headers differently."""
    path = Path(info.path or "").absolute()
    if not info.path or path.is_dir() or _UNQUOTABLE.search(path.as_posix()):
        yield "# The tomogram has to be opened by hand."
        return
    size, middle = angstrom_from_nm(info.voxel_size_nm or 0.0), info.shape[0] // 2
    origin = ",".join(f"{place:g}" for place in info.origin_angstrom)
    yield f'open "{path.as_posix()}" name {_TOMOGRAM}'
    yield f"volume ##name={_TOMOGRAM} voxelSize {size:.6g} origin {origin}"
    yield f"volume ##name={_TOMOGRAM} style image planes z,{middle},{middle} step 1"

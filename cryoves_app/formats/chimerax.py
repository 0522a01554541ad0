"""ChimeraX marker sets (``.cmm``): balls over the tomogram."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from xml.etree import ElementTree

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.colours import SKY_BLUE, rgb_of
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.reading import reading
from cryoves_app.domain.units import angstrom_from_nm, nm_from_angstrom
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.particles import counted_on
from cryoves_app.formats.xml_declarations import refuse_declarations
from cryoves_app.storage.replacing import replacing

_AXES = "xyz"


def write_markers(
    path: str | os.PathLike[str],
    vesicles: Iterable[Vesicle],
    info: VolumeInfo,
    name: str = "vesicles",
    colours: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """Writes one marker per vesicle, in ångström from the origin that the tomogram's header gives.

    ``colours`` are ``#RRGGBB`` by id; sky blue where it is not said.
    """
    markers = ElementTree.Element("marker_set", name=name)
    for vesicle in vesicles:
        values = _place((vesicle.z_nm, vesicle.y_nm, vesicle.x_nm), info)
        values |= {"id": str(vesicle.id), "radius": f"{angstrom_from_nm(vesicle.radius_nm):.4f}"}
        look = _look(rgb_of(colours.get(vesicle.id, SKY_BLUE)))
        ElementTree.SubElement(markers, "marker", {**values, **look, "note": _note(vesicle)})
    _save(path, markers)


def _save(path: str | os.PathLike[str], markers: ElementTree.Element) -> None:
    """In ASCII: ChimeraX opens such files in whatever encoding the computer has."""
    ElementTree.indent(markers)
    with replacing(path) as temporary:
        ElementTree.ElementTree(markers).write(temporary, encoding="us-ascii", xml_declaration=True)


def _look(colour: Iterable[float]) -> dict[str, str]:
    return dict(zip("rgb", (f"{part:.2f}" for part in colour), strict=True))


@dataclass(frozen=True)
class MarkerThread:
    """A line between two markers. Ends are ``z, y, x`` in nm from the first voxel; ``colour``: r, g, b from 0 to 1."""

    start_nm: Position
    end_nm: Position
    radius_nm: float
    colour: tuple[float, float, float]
    note: str


def write_threads(
    path: str | os.PathLike[str], threads: Iterable[MarkerThread], info: VolumeInfo, name: str = "links"
) -> None:
    """Writes two linked markers per thread, in ångström from the origin that the tomogram's header gives."""
    markers = ElementTree.Element("marker_set", name=name)
    for number, thread in enumerate(threads):
        look = _look(thread.colour)
        look["radius"] = f"{angstrom_from_nm(thread.radius_nm):.4f}"
        ids = [str(2 * number + 1), str(2 * number + 2)]
        for marker, end in zip(ids, (thread.start_nm, thread.end_nm), strict=True):
            values = {"id": marker, **_place(end, info), **look, "note": thread.note}
            ElementTree.SubElement(markers, "marker", values)
        ElementTree.SubElement(markers, "link", {"id1": ids[0], "id2": ids[1], **look})
    _save(path, markers)


def _place(position_nm: Position, info: VolumeInfo) -> dict[str, str]:
    return {
        axis: f"{angstrom_from_nm(nm) + start:.4f}"
        for axis, nm, start in zip(_AXES, reversed(position_nm), info.origin_angstrom, strict=True)
    }


def read_markers(path: str | os.PathLike[str], info: VolumeInfo) -> dict[int, Sphere]:
    """Markers by id, as spheres in nm from the first voxel; of several sets, ids that are taken are counted on.

    Raises
    ------
    CryoVesError
        If the file is missing or no marker set, or declares entities.
    """
    with reading(path, "a ChimeraX marker file"):
        refuse_declarations(path)
        markers = list(ElementTree.parse(path).getroot().iter("marker"))
        ids = counted_on(int(marker.attrib["id"]) for marker in markers)
        return {number: _sphere(marker, info) for number, marker in zip(ids, markers, strict=True)}


def _sphere(marker: ElementTree.Element, info: VolumeInfo) -> Sphere:
    x, y, z = (
        nm_from_angstrom(float(marker.attrib[axis]) - start)
        for axis, start in zip(_AXES, info.origin_angstrom, strict=True)
    )
    return Sphere(z, y, x, nm_from_angstrom(float(marker.attrib["radius"])))


def _note(vesicle: Vesicle) -> str:
    words = [f"vesicle {vesicle.id}", f"radius {vesicle.radius_nm:.1f} nm"]
    if vesicle.pool:
        words.append(vesicle.pool)
    return ", ".join([*words, *vesicle.tags])

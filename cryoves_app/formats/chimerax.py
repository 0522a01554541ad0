"""ChimeraX marker sets (``.cmm``): balls over the tomogram."""

from __future__ import annotations

import os
from collections.abc import Iterable
from xml.etree import ElementTree

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.reading import reading
from cryoves_app.domain.units import angstrom_from_nm, nm_from_angstrom
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.storage.replacing import replacing

_COLOUR = {"r": "0.34", "g": "0.71", "b": "0.91"}
_AXES = "xyz"


def write_markers(
    path: str | os.PathLike[str], vesicles: Iterable[Vesicle], info: VolumeInfo, name: str = "vesicles"
) -> None:
    """Writes one marker per vesicle, in ångström from the origin that the tomogram's header gives."""
    markers = ElementTree.Element("marker_set", name=name)
    for vesicle in vesicles:
        places = (vesicle.x_nm, vesicle.y_nm, vesicle.z_nm)
        values = {
            axis: f"{angstrom_from_nm(nm) + start:.4f}"
            for axis, nm, start in zip(_AXES, places, info.origin_angstrom, strict=True)
        }
        values |= {"id": str(vesicle.id), "radius": f"{angstrom_from_nm(vesicle.radius_nm):.4f}"}
        ElementTree.SubElement(markers, "marker", {**values, **_COLOUR, "note": _note(vesicle)})
    ElementTree.indent(markers)
    with replacing(path) as temporary:
        ElementTree.ElementTree(markers).write(temporary, encoding="utf-8", xml_declaration=True)


def read_markers(path: str | os.PathLike[str], info: VolumeInfo) -> dict[int, Sphere]:
    """Markers by id, as spheres in nm from the first voxel.

    Raises
    ------
    CryoVesError
        If the file is missing or no marker set.
    """
    with reading(path, "a ChimeraX marker file"):
        found = {}
        for marker in ElementTree.parse(path).getroot().iter("marker"):
            x, y, z = (
                nm_from_angstrom(float(marker.attrib[axis]) - start)
                for axis, start in zip(_AXES, info.origin_angstrom, strict=True)
            )
            found[int(marker.attrib["id"])] = Sphere(
                z, y, x, nm_from_angstrom(float(marker.attrib["radius"]))
            )
        return found


def _note(vesicle: Vesicle) -> str:
    words = [f"vesicle {vesicle.id}", f"radius {vesicle.radius_nm:.1f} nm"]
    if vesicle.pool:
        words.append(vesicle.pool)
    return ", ".join([*words, *vesicle.tags])

"""Links as lines for other programs: good ones that are not rejected, from end to end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cryoves_app.analysis.links.pyto import LinkKind, SegmentMeasures, SizeClass
from cryoves_app.domain.arrays import Position
from cryoves_app.formats.chimerax import MarkerThread
from cryoves_app.formats.imod.convert import model_of
from cryoves_app.formats.imod.frame import points_of
from cryoves_app.formats.imod.model import ImodContour, ImodModel, ImodObject, ObjectFlag
from cryoves_app.workflow.links.found import FoundLinks

#: Green and red, as in the window.
_COLOURS = {LinkKind.CONNECTOR: (0.0, 0.62, 0.45), LinkKind.TETHER: (0.84, 0.37, 0.0)}
_RADIUS_NM = 1.2


def links_model(found: FoundLinks) -> ImodModel:
    """A model over the tomogram: a project's vesicles, and an open line for each link, labelled with id and ends."""
    objects = [
        ImodObject(
            f"{kind}s",
            tuple(
                ImodContour(points_of(np.array(ends)), label=_label(found, number, link), is_open=True)
                for number, link, ends in _lines(found)
                if link.kind is kind
            ),
            ObjectFlag.OPEN,
            _COLOURS[kind],
            max(round(_RADIUS_NM / found.source.volume.voxel_size_nm), 1),
        )
        for kind in LinkKind
    ]
    return model_of(found.source.volume.info, found.source.vesicles, (), objects)


def link_threads(found: FoundLinks) -> Iterator[MarkerThread]:
    """The same lines for ChimeraX."""
    size = found.source.volume.voxel_size_nm
    for number, link, ends in _lines(found):
        (z, y, x), (w, v, u) = ((size * a, size * b, size * c) for a, b, c in ends)
        note = f"{link.kind} {_label(found, number, link)}"
        yield MarkerThread((z, y, x), (w, v, u), _RADIUS_NM, _COLOURS[link.kind], note)


def _label(found: FoundLinks, number: int, link: SegmentMeasures) -> str:
    a, b = (found.source.id_of(end) for end in link.ends)
    return f"{number}: {a} - {b}"


def _lines(found: FoundLinks) -> Iterator[tuple[int, SegmentMeasures, tuple[Position, Position]]]:
    spheres = found.source.spheres()
    centres = dict(zip(spheres.labels, spheres.spheres_px[:, :3], strict=True))
    for number, link in enumerate(found.links, 1):
        if link.size_class is SizeClass.GOOD and number not in found.rejected:
            yield number, link, _ends(link, centres)


def _ends(link: SegmentMeasures, centres: dict[int, np.ndarray]) -> tuple[Position, Position]:
    """The voxels nearest to the two vesicles; at the active zone the one furthest from the vesicle."""
    places = []
    for end, other in (link.ends, link.ends[::-1]):
        away = np.linalg.norm(link.voxels - centres[end if end in centres else other], axis=1)
        z, y, x = link.voxels[away.argmin() if end in centres else away.argmax()]
        places.append((float(z), float(y), float(x)))
    return places[0], places[1]

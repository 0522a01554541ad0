"""Vesicles as copick's picks: places in ångström, the id, and the radius in each point's transformation.

copick's point has no radius of its own. Its transformation leads from the object to the tomogram; a ball of the
object's radius is scaled to the vesicle's. Where the project does not know the object's radius the scale is 1. The
radius stands in a field of its own beside, which copick passes over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import read_settings, reading
from cryoves_app.domain.units import angstrom_from_nm, are_lengths, nm_from_angstrom
from cryoves_app.domain.vesicle import LARGEST_ID, Vesicle
from cryoves_app.formats.oriented import OrientedPoints
from cryoves_app.storage.replacing import replacing

_RADIUS = "radius_angstrom"
#: Of a file of picks: some hundred thousand points.
LARGEST_BYTES = 1 << 26


@dataclass(frozen=True)
class Pick:
    """A point: place ``(z, y, x)`` in nm, outer radius in nm where it is known, id and score."""

    centre_nm: tuple[float, float, float]
    radius_nm: float | None
    id: int
    score: float


@dataclass(frozen=True)
class PickNames:
    """Whose picks, of which session, object and run."""

    user: str
    session: str
    object: str
    run: str

    @property
    def file(self) -> str:
        """The file's name below ``Picks``."""
        return f"{self.user}_{self.session}_{self.object}.json"


def write_picks(
    path: Path, vesicles: Iterable[Vesicle], names: PickNames, object_radius_angstrom: float | None = None
) -> None:
    """Writes accepted vesicles as picks; the score is 1.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    points = [_point(vesicle, object_radius_angstrom) for vesicle in vesicles]
    _write(path, points, names, trust_orientation=False)


def write_oriented_picks(path: Path, oriented: OrientedPoints, names: PickNames) -> None:
    """Writes points with φ, θ and ψ as rotations from the object to the tomogram; the instance is the vesicle.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    from scipy.spatial.transform import Rotation  # slow to load, and seldom needed

    phi, theta, psi = oriented.angles.T
    turned = Rotation.from_euler("zxz", np.column_stack([phi, theta, psi]), degrees=True).as_matrix()
    points = [
        {
            "location": dict(zip("zyx", (angstrom_from_nm(float(nm)) for nm in place), strict=True)),
            "transformation_": [[*map(float, row), 0.0] for row in matrix] + [[0, 0, 0, 1.0]],
            "instance_id": int(owner),
            "score": 1.0,
        }
        for place, matrix, owner in zip(oriented.places, turned, oriented.vesicles, strict=True)
    ]
    _write(path, points, names, trust_orientation=True)


def _write(path: Path, points: list[dict[str, Any]], names: PickNames, *, trust_orientation: bool) -> None:
    found = {
        "pickable_object_name": names.object,
        "user_id": names.user,
        "session_id": names.session,
        "run_name": names.run,
        "voxel_spacing": None,
        "unit": "angstrom",
        "points": points,
        "trust_orientation": trust_orientation,
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(found, indent=1), encoding="utf-8")


def _point(vesicle: Vesicle, object_radius: float | None) -> dict[str, Any]:
    radius = angstrom_from_nm(vesicle.radius_nm)
    scale = radius / object_radius if object_radius else 1.0
    places = zip("xyz", (vesicle.x_nm, vesicle.y_nm, vesicle.z_nm), strict=True)
    return {
        "location": {axis: angstrom_from_nm(nm) for axis, nm in places},
        "transformation_": [[scale, 0, 0, 0], [0, scale, 0, 0], [0, 0, scale, 0], [0, 0, 0, 1.0]],
        "instance_id": vesicle.id,
        "score": 1.0,
        _RADIUS: radius,
    }


def read_picks(path: Path, object_radius_angstrom: float | None = None) -> list[Pick]:
    """The points of a file; where several have one id, or none, they are numbered from 1.

    Raises
    ------
    CryoVesError
        If it is no file of picks, or a point is none.
    """
    found = read_settings(path, "copick picks", LARGEST_BYTES)
    points = found.get("points") if isinstance(found, dict) else None
    if not isinstance(points, list):
        raise CryoVesError(f"{path} holds no copick picks.")
    with reading(path, "copick picks"):
        picks = [_pick(point, object_radius_angstrom) for point in points]
    if any(not are_lengths([*p.centre_nm, p.radius_nm or 0.0]) for p in picks):
        raise CryoVesError(f"{path} holds a point without a usable place or radius.")
    ids = [p.id for p in picks]
    if len(set(ids)) < len(ids) or any(not 1 <= i <= LARGEST_ID for i in ids):
        return [Pick(p.centre_nm, p.radius_nm, n, p.score) for n, p in enumerate(picks, 1)]
    return picks


def _pick(point: dict[str, Any], object_radius: float | None) -> Pick:
    matrix = np.array(point.get("transformation_") or np.eye(4), float)
    shift = matrix[:3, 3]
    z, y, x = (
        nm_from_angstrom(float(point["location"][axis]) + float(by))
        for axis, by in zip("zyx", shift[::-1], strict=True)
    )
    own = point.get(_RADIUS)
    scale = float(np.cbrt(abs(np.linalg.det(matrix[:3, :3]))))
    radius = float(own) if own else (scale * object_radius if object_radius else None)
    number = point.get("instance_id")
    score = point.get("score")
    return Pick(
        (z, y, x),
        nm_from_angstrom(radius) if radius and radius > 0 else None,
        number if isinstance(number, int) else 0,
        float(score) if isinstance(score, int | float) else 1.0,
    )

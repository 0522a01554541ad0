"""What the objects of a model are, as far as they tell it together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from cryoves_app.formats.imod.convert import ObjectRole, guess_role, radii_of
from cryoves_app.formats.imod.model import ImodObject

#: Points of a contour lie so close to a sphere that is drawn as one: voxels, and share of its radius.
_NEAR_PX, _NEAR_SHARE = 1.0, 0.1
#: So many of an object's contours have to.
_MOST = 0.9
#: A contour near a sphere's top may have other spheres' centres nearer.
_NEIGHBOURS = 6


def guess_roles(objects: Sequence[ImodObject]) -> list[ObjectRole]:
    """A guess for each object of a model; outlines of vesicles that stand in it as points, too, are ignored."""
    roles = [guess_role(item) for item in objects]
    points = [o for o, r in zip(objects, roles, strict=True) if r is ObjectRole.VESICLES and o.is_scattered]
    spheres = [
        np.c_[contour.points, radii_of(item, contour)]
        for item in points
        for contour in item.contours
        if len(contour.points)
    ]
    if not spheres:
        return roles
    known = np.concatenate(spheres).astype(np.float64)
    return [
        ObjectRole.IGNORE
        if role is ObjectRole.VESICLES and not item.is_scattered and _are_outlined(known, item)
        else role
        for item, role in zip(objects, roles, strict=True)
    ]


def outlines_note(ignored: Sequence[str]) -> tuple[str, ...]:
    """What is said of outlines that are ignored, by the names of their objects."""
    names = [f"“{name}”" for name in ignored]
    return (
        (f"Left out: {', '.join(names)}, drawn around vesicles that the model holds as points.",)
        if names
        else ()
    )


def _are_outlined(spheres: NDArray[np.float64], item: ImodObject) -> bool:
    """Whether most contours of an object lie on spheres ``(n, 4)`` of x, y, z and radius in voxels."""
    contours = [c.points.astype(np.float64) for c in item.contours if len(c.points) > 2]
    if not contours:
        return False
    _, near = KDTree(spheres[:, :3]).query(
        [points.mean(axis=0) for points in contours], k=min(_NEIGHBOURS, len(spheres))
    )
    near = np.reshape(near, (len(contours), -1))
    lying = [_lies_on_one(points, spheres[some]) for points, some in zip(contours, near, strict=True)]
    return sum(lying) >= _MOST * len(lying)


def _lies_on_one(points: NDArray[np.float64], spheres: NDArray[np.float64]) -> bool:
    away = np.linalg.norm(points[:, None] - spheres[None, :, :3], axis=2) - spheres[:, 3]
    return bool((np.abs(away).mean(axis=0) <= _NEAR_PX + _NEAR_SHARE * spheres[:, 3]).any())

"""Which of several spheres are the same vesicle: of those that share most of their volume the best one stays."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.domain.arrays import Array, Indices, Values
from cryoves_app.domain.geometry import Sphere, intersection_volume_nm3

#: Vesicles that share more than this of the smaller one's volume are hardly two.
MOST_OVERLAP = 0.4
#: Places and radii in damaged files may be so large that their squares or cubes are no numbers.
_FARTHEST_NM = 1e60


def keep_distinct(spheres: Array, quality: Values, most_overlap: float) -> Indices:
    """Which spheres stay where several stand for one vesicle.

    Parameters
    ----------
    spheres : (n, 4) array
        ``z, y, x`` and radius in nm; all of them mid-plane radii, or all outer ones.
    quality : (n,) array
        Of any unit; the best of a group stays.
    most_overlap
        Spheres that share more than this of the smaller one's volume are one vesicle.

    Returns
    -------
    (m,) array
        Rising indices of those that stay.
    """
    if len(spheres) < 2:
        return np.arange(len(spheres))
    spheres = np.clip(spheres, -_FARTHEST_NM, _FARTHEST_NM)
    balls = [Sphere(*row) for row in np.asarray(spheres, float).tolist()]
    tree = cKDTree(spheres[:, :3])
    largest = float(np.max(spheres[:, 3]))
    kept: list[int] = []
    is_open = np.ones(len(balls), bool)
    for i in np.argsort(-np.asarray(quality), kind="stable").tolist():
        if not is_open[i]:
            continue
        kept.append(i)
        is_open[i] = False
        # worse ones go with the first that they share too much with: thousands in one place are looked at once
        near = np.array(tree.query_ball_point(spheres[i, :3], spheres[i, 3] + largest), np.intp)
        for j in near[is_open[near]].tolist():
            is_open[j] = shared_part(balls[i], balls[j]) <= most_overlap
    return np.array(sorted(kept), np.intp)


def shared_part(a: Sphere, b: Sphere) -> float:
    """Share of the smaller sphere's volume that lies in the other, from 0 to 1.

    Parameters
    ----------
    a, b
        In nm; both mid-plane radii, or both outer ones.
    """
    return intersection_volume_nm3(a, b) / min(a.volume_nm3, b.volume_nm3)

"""Vesicles as the nodes of a network, whose edges are connectors."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

#: Two vesicles, or the active zone and a vesicle.
Ends = tuple[int, int]


@dataclass(frozen=True)
class VesicleLinks:
    """The links of one vesicle.

    Attributes
    ----------
    connectors, tethers
        Their numbers.
    linked
        To how many other vesicles it is connected.
    cluster
        Which of the sets of vesicles it belongs to that connectors hold together, from 1, the largest first.
    cluster_size
        How many vesicles this one has; 1 for a vesicle alone.
    """

    vesicle: int
    connectors: int
    linked: int
    tethers: int
    cluster: int
    cluster_size: int


def links_of_vesicles(
    vesicles: Sequence[int], connectors: Sequence[Ends], tethers: Sequence[Ends]
) -> list[VesicleLinks]:
    """Counts and clusters of all vesicles, in their order.

    Parameters
    ----------
    vesicles
        Their numbers.
    connectors, tethers
        The ends of each; of a tether one is the active zone, which is none of the vesicles.
    """
    connected = Counter(end for ends in connectors for end in ends)
    tethered = Counter(end for ends in tethers for end in ends)
    partners: dict[int, set[int]] = defaultdict(set)
    for a, b in connectors:
        partners[a].add(b)
        partners[b].add(a)
    cluster = clusters(vesicles, connectors)
    sizes = Counter(cluster)
    return [
        VesicleLinks(v, connected[v], len(partners[v]), tethered[v], number, sizes[number])
        for v, number in zip(vesicles, cluster, strict=True)
    ]


def clusters(vesicles: Sequence[int], connectors: Iterable[Ends]) -> list[int]:
    """The cluster of each vesicle, from 1, the largest first, those of one size by their first vesicles."""
    place = {vesicle: n for n, vesicle in enumerate(vesicles)}
    edges = np.array([(place[a], place[b]) for a, b in connectors], np.intp).reshape(-1, 2)
    graph = sparse.coo_array((np.ones(len(edges)), tuple(edges.T)), (len(place), len(place)))
    _, found = sparse.csgraph.connected_components(graph, directed=False)
    sizes = Counter(found.tolist())
    first = {number: n for n, number in reversed(list(enumerate(found.tolist())))}
    order = sorted(sizes, key=lambda number: (-sizes[number], first[number]))
    rank = {number: n for n, number in enumerate(order, 1)}
    return [rank[number] for number in found.tolist()]


def loop_count(vesicles: Sequence[int], connectors: Sequence[Ends]) -> int:
    """Connectors more than are needed to hold the clusters together."""
    return len(connectors) - len(vesicles) + len(set(clusters(vesicles, connectors)))

"""Clusters of vesicles that connectors hold together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.links.network import VesicleLinks, clusters, links_of_vesicles, loop_count

VESICLES = [10, 11, 12, 13, 14, 15]


def test_counts_and_clusters_by_hand() -> None:
    """A pair with two connectors, a chain of three, and one alone with two tethers."""
    connectors = [(12, 14), (12, 14), (10, 13), (13, 15)]
    found = links_of_vesicles(VESICLES, connectors, [(2, 11), (2, 11), (2, 12)])
    assert found == [
        VesicleLinks(10, 1, 1, 0, 1, 3),
        VesicleLinks(11, 0, 0, 2, 3, 1),
        VesicleLinks(12, 2, 1, 1, 2, 2),
        VesicleLinks(13, 2, 2, 0, 1, 3),
        VesicleLinks(14, 2, 1, 0, 2, 2),
        VesicleLinks(15, 1, 1, 0, 1, 3),
    ]
    assert loop_count(VESICLES, connectors) == 1


def test_without_links_each_vesicle_is_a_cluster() -> None:
    assert clusters(VESICLES, []) == [1, 2, 3, 4, 5, 6]
    assert clusters([], []) == []
    assert loop_count(VESICLES, []) == 0


@given(
    st.lists(st.tuples(st.sampled_from(VESICLES), st.sampled_from(VESICLES)).filter(lambda e: e[0] != e[1]))
)
def test_clusters_hold_what_is_joined(connectors: list[tuple[int, int]]) -> None:
    of = dict(zip(VESICLES, clusters(VESICLES, connectors), strict=True))
    sizes = [list(of.values()).count(number) for number in range(1, len(set(of.values())) + 1)]
    assert all(of[a] == of[b] for a, b in connectors)
    assert sum(sizes) == len(VESICLES)
    assert sizes == sorted(sizes, reverse=True)
    distinct = {tuple(sorted(ends)) for ends in connectors}
    assert 0 <= loop_count(VESICLES, sorted(distinct)) <= len(distinct)

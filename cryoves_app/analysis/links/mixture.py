"""Which links are chance: scores are a mixture of what chance gives and what threads would give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cryoves_app.domain.arrays import Indices, Values

#: So many placements with a gap like that of a pair are compared with it; fewer than the least say nothing.
COMPARED, LEAST = 200, 20
#: So far from a wall its unevenness matters, in nm.
_WALL_NM = 4.0
#: Densities are smoothed by this share of the scores' own spread.
_SMOOTH = 0.4
#: Beyond this quantile of the densest threads' scores nothing can be surer.
_DENSEST = 0.9
#: Densities of a tomogram's threads differ by so many steps of those that are tried (standard deviation).
_DENSITY_STEPS = 1.0
#: What no model expects happens this often, spread over so many standard deviations.
_ODD, _ODD_RANGE = 0.01, 12.0
#: Shares of candidates that are links, and how likely these are before scores are looked at: none at all in one
#: tomogram of ten, since all that are published have links; else widely about three in five, since vesicles have
#: about four neighbours so near, and 1.6 to 2.9 connectors are published.
_NONE = 0.1
_SOME = (np.arange(50) + 0.5) / 50
_SHARES = np.r_[0.0, _SOME]
_BEFORE = np.r_[_NONE, (1 - _NONE) * _SOME**2 * (1 - _SOME) / np.sum(_SOME**2 * (1 - _SOME))]
_LIMITS = (0.1, 0.9)
#: Scores that are less than so many times as likely with links as without any leave it open whether there are some.
_DECISIVE = 9.0


@dataclass(frozen=True)
class ChanceScores:
    """Scores of one kind's random placements.

    Attributes
    ----------
    gaps_nm : (n,) array
        Between the surfaces, in nm.
    scores : (n,) array
        In standard deviations of the region.
    threaded : (n, m) array
        In standard deviations, too: scores of the same places if a thread lay there, for ``m`` densities of it.
    """

    gaps_nm: Values
    scores: Values
    threaded: Values = field(repr=False)

    @cached_property
    def by_gap(self) -> tuple[Indices, Values]:
        """``(n,)`` each: the placements' numbers by rising gap, and these gaps (logarithms of nm)."""
        sizes = _size(self.gaps_nm)
        ranks = np.argsort(sizes, kind="stable")
        return ranks, sizes[ranks]


@dataclass(frozen=True)
class ScoreLikelihood:
    """How likely a score is.

    Attributes
    ----------
    chance
        Where there is no thread.
    threads : (m,) array
        With one, for each usual density of threads; probability density per standard deviation of the region.
    """

    chance: float
    threads: Values


def alike(gap_nm: float, placed: ChanceScores) -> ChanceScores:
    """The placements whose gaps are most like this one; of those as much like it, the first ones."""
    ranks, sizes = placed.by_gap
    own = _size(gap_nm)
    # the nearest lie within so many places on either side, but for those that are as near as the last of these
    middle = int(np.searchsorted(sizes, own))
    low, high = max(middle - COMPARED, 0), min(middle + COMPARED, len(sizes)) - 1
    low, high = np.searchsorted(sizes, sizes[low]), np.searchsorted(sizes, sizes[high], side="right")
    near = np.sort(ranks[low:high])
    unlike = np.abs(_size(placed.gaps_nm[near]) - own)
    taken = near[np.argsort(unlike, kind="stable")[:COMPARED]]
    return ChanceScores(placed.gaps_nm[taken], placed.scores[taken], placed.threaded[taken])


def _size(gap_nm: Values | float) -> Values:
    """Gaps are alike by the ratio of their widths, but for narrow ones."""
    return np.log(np.maximum(gap_nm, 0.5) + 2)


def likelihood_of(score: float, gap_nm: float, placed: ChanceScores) -> ScoreLikelihood | None:
    """How likely a score is by chance, and with threads; None where there are too few placements.

    A place at random has one real wall, a gap has two: where the gap is narrow and walls matter, scores are spread
    wider about their median. A score beyond those of the densest threads is as sure as these.
    """
    if len(placed.scores) < LEAST:
        return None
    near = alike(gap_nm, placed)
    wider = wall_spread(gap_nm)
    smooth = max(_SMOOTH * float(near.scores.std()), 1e-6)
    score = min(score, float(np.quantile(near.threaded, _DENSEST, axis=0).max()))
    chance = _density(score, near.scores, wider, smooth)
    threads = [_density(score, scores, wider, smooth) for scores in near.threaded.T]
    return ScoreLikelihood(chance, _mixed(len(threads)) @ threads)


def _mixed(count: int) -> Values:
    """Shares ``(count, count)`` of densities where one is the usual: threads differ in thickness."""
    steps = np.arange(count)
    near = np.exp(-0.5 * ((steps - steps[:, None]) / _DENSITY_STEPS) ** 2)
    return np.asarray(near / near.sum(axis=1, keepdims=True))


def chance_p(score: float, gap_nm: float, placed: ChanceScores) -> float:
    """The share of placements with such a gap that are at least as dense, spread as in ``likelihood_of``."""
    near = alike(gap_nm, placed).scores
    middle = np.median(near)
    taken = middle + wall_spread(gap_nm) * (near - middle)
    return float((1 + np.count_nonzero(taken >= score)) / (1 + len(taken)))


def wall_spread(gap_nm: float) -> float:
    """How many times as wide scores are in a gap with two walls as at a place with one."""
    return float(np.sqrt(1 + np.exp(-max(gap_nm, 0.0) / _WALL_NM)))


def _density(score: float, scores: Values, wider: float, smooth: float) -> float:
    middle = np.median(scores)
    away = (score - middle - wider * (scores - middle)) / smooth
    peaks = np.exp(-0.5 * away**2).mean() / (smooth * np.sqrt(2 * np.pi))
    return float((1 - _ODD) * peaks + _ODD / (_ODD_RANGE * smooth))


@dataclass(frozen=True)
class LinkedShare:
    """Which share of candidates are links: expected, the limits of four fifths of probability, and what halves it.

    ``may_be_none`` says that the scores themselves, whatever is published, leave it open whether there is any link.
    """

    expected: float
    low: float
    high: float
    middle: float
    may_be_none: bool = False


class LinkOdds:
    """Probabilities that candidates are chance, from all scores together.

    Neither the share of candidates that are links nor the density of threads is known: before scores are looked at
    shares are as likely as published numbers make them, and all densities that were tried as likely as the others.
    Probabilities are means over what the scores leave possible. This matters where threads are hardly denser than
    what lies about: a share read off the candidates that look like chance alone would count most links as chance.
    """

    def __init__(self, candidates: Sequence[ScoreLikelihood]) -> None:
        log = np.log(_BEFORE)[:, None]
        if candidates:
            chance = np.array([one.chance for one in candidates])[:, None, None]
            threads = np.array([one.threads for one in candidates])[:, None]
            log = log + np.log((1 - _SHARES[:, None]) * chance + _SHARES[:, None] * threads).sum(axis=0)
        weights = np.exp(log - log.max())
        self._weights = weights / weights.sum()

    def chance_of(self, candidate: ScoreLikelihood) -> float:
        """The probability that a candidate is chance."""
        return float((self._weights * _chances(candidate)).sum())

    @property
    def linked(self) -> LinkedShare:
        """How many of all candidates are links."""
        of_share = self._weights.sum(axis=1)
        low, middle, high = _SHARES[
            np.searchsorted(np.cumsum(of_share), (_LIMITS[0], 0.5, _LIMITS[1]))
        ].tolist()
        none = float(of_share[0])
        may_be_none = (1 - none) * _NONE < _DECISIVE * none * (1 - _NONE)
        return LinkedShare(float(of_share @ _SHARES), low, high, middle, may_be_none)


def _chances(one: ScoreLikelihood) -> Values:
    chance = (1 - _SHARES[:, None]) * one.chance
    return chance / (chance + _SHARES[:, None] * one.threads[None])


def usual_chance(chances: Sequence[float], share: float) -> float:
    """The chance up to which a share of the candidates, rounded up, is listed; below 0 if that share is 0.

    Where few are sure, all that are likelier links than not would be more links than there are: of candidates that are
    chance with a probability of 0.3 each all would be listed.
    """
    if not (share > 0 and len(chances)):
        return -1.0
    return float(np.sort(chances)[math.ceil(share * len(chances)) - 1])


def false_shares(chances: Sequence[float]) -> list[float]:
    """For each candidate the expected share of chance finds among those that are at least as sure."""
    values = np.asarray(chances, float)
    order = np.argsort(values, kind="stable")
    running = np.cumsum(values[order]) / np.arange(1, len(values) + 1)
    last = np.searchsorted(values[order], values[order], side="right") - 1
    found = np.empty(len(values))
    found[order] = running[last]
    return [float(share) for share in found]

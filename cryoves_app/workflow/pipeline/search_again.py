"""Searching again with what was found: the tomogram's own vesicles tell the fits where to look for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.acceptance.chance import least_likeness
from cryoves_app.analysis.acceptance.judgement import Judged
from cryoves_app.analysis.fits.fitting import Fitted
from cryoves_app.analysis.fits.likeness import Likeness
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.segmentation.own_profile import OwnProfile, outside_of, search_by_profile
from cryoves_app.domain.arrays import Mask
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.wording import counted
from cryoves_app.workflow.pipeline.scale_maps import ScaleMaps
from cryoves_app.workflow.pipeline.steps import StepLog

#: Fewer vesicles make no profile.
FEWEST = 5
#: Places stand out by so many standard deviations: in 30 Mvoxel of noise some 300 do, and the fits accept hardly any.
_LEAST = 4.2
#: Where the network sees well, the typical candidate correlates so many times as well as what is none.
_CLEAR = 1.2
#: Each search has the profile of more vesicles than the one before.
_MOST_SEARCHES = 4

#: Fits and judges candidates.
Judge = Callable[[list[Candidate]], tuple[Fitted, Judged]]
#: How much places look like vesicles that are known.
Compare = Callable[[Sequence[Vesicle], Sequence[Candidate], Progress], Likeness]


@dataclass(frozen=True)
class JudgedFits:
    """Candidates fitted and judged, and what is told of a search for more."""

    fitted: Fitted
    judged: Judged
    notes: tuple[Note, ...] = ()


def search_again(
    first: JudgedFits,
    candidates: Sequence[Candidate],
    maps: ScaleMaps,
    where: Mask | None,
    edge_nm: float,
    judge: Judge,
    compare: Compare,
    log: StepLog,
) -> JudgedFits:
    """Look with the mean profile of accepted vesicles, until the fits accept no more than before.

    Parameters
    ----------
    first
        What was found with the network's candidates.
    where : (z, y, x) array or None
        On the network's grid: 1 where something is looked for.
    edge_nm
        From a membrane's mid-plane to its outer edge.
    """
    best, tried = first, list(candidates)
    for _ in range(_MOST_SEARCHES):
        known = _accepted(best)
        if len(known) < FEWEST:
            break
        with log.step("again", before=len(known)) as step:
            places = _places(known, maps, where, edge_nm, log)
            more = _like(known, places, compare, log.progress) if places else []
            step.after = len(known) + len(more)
            step.note = f"{counted(len(more), 'further place')} of {len(places)} that look like them"
        if not more:
            break
        tried += more
        found = _without_doubtful(JudgedFits(*judge(list(tried))), first)
        if len(_accepted(found)) <= len(known):
            break
        best = found
    return JudgedFits(best.fitted, best.judged, _told(len(_accepted(first)), len(_accepted(best))))


def _like(
    known: Sequence[Vesicle], places: list[Candidate], compare: Compare, progress: Progress
) -> list[Candidate]:
    """The places that look enough like known vesicles to be more of them."""
    likeness = compare(known, places, progress)
    least = least_likeness(likeness.known, likeness.places)
    return [place for place, found in zip(places, likeness.places, strict=True) if found > least]


def _without_doubtful(found: JudgedFits, first: JudgedFits) -> JudgedFits:
    """What was seen before, and what is accepted besides: places of a search are nothing for people to review."""
    seen = cKDTree([v.sphere.centre_nm for v in first.fitted.vesicles])
    further = {v.id for v in found.fitted.vesicles if seen.query(v.sphere.centre_nm)[0] >= v.sphere.radius_nm}
    doubtful = further - {v.id for v in _accepted(found)}
    return JudgedFits(
        replace(found.fitted, vesicles=[v for v in found.fitted.vesicles if v.id not in doubtful]),
        replace(found.judged, vesicles=[v for v in found.judged.vesicles if v.id not in doubtful]),
    )


def _accepted(found: JudgedFits) -> list[Vesicle]:
    return [v for v in found.judged.vesicles if v.status is Status.ACCEPTED]


def _places(
    known: Sequence[Vesicle], maps: ScaleMaps, where: Mask | None, edge_nm: float, log: StepLog
) -> list[Candidate]:
    size = maps.voxel_size_nm
    image = maps.files.load_image()
    spheres = np.array([v.sphere.to_px(size) for v in known], float)
    places = outside_of(
        search_by_profile(image, OwnProfile.of(image, spheres), _LEAST, log.progress), spheres
    )
    if where is not None:
        looked = [bool(where[z, y, x]) for z, y, x in places[:, :3].astype(int).tolist()]
        places = places[np.array(looked, bool)]
    centres, radii = places[:, :3] * size, places[:, 3] * size - edge_nm
    # ranked below all that the network saw
    return [
        Candidate(tuple(centre), float(radius), 1e-9 * float(place[4]), uncertainty_nm=size)
        for centre, radius, place in zip(centres.tolist(), radii, places, strict=True)
    ]


def hint_to_search(found: JudgedFits) -> tuple[Note, ...]:
    """That a search would find more, where the network takes much for vesicles that is none: it misses some, too."""
    by_chance = found.fitted.decoy_correlation
    reached = [v.correlation or 0.0 for v in found.judged.vesicles]
    if by_chance is None or len(_accepted(found)) < FEWEST or np.median(reached) >= _CLEAR * by_chance:
        return ()
    sentence = (
        "Most candidates look hardly better than places without a vesicle: the network does not know tomograms that "
        "look like this one, and misses vesicles. Search again looks for them with the profile of those that were "
        "found (--search-again)."
    )
    return (Note(NoteKind.AGAIN, sentence),)


def _told(before: int, after: int) -> tuple[Note, ...]:
    if before < FEWEST:
        return (
            Note(
                NoteKind.AGAIN,
                f"There was no search with the vesicles' own profile: that takes {FEWEST} accepted ones, and there "
                f"{'is' if before == 1 else 'are'} {before}.",
            ),
        )
    more = counted(after - before, "further vesicle") if after > before else "no further vesicle"
    return (Note(NoteKind.AGAIN, f"A search with the mean profile of {before} vesicles found {more}."),)

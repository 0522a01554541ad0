"""Which vesicles are accepted: duplicates, outliers and overlaps, each with its reason in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.acceptance.chance import chance_margin
from cryoves_app.analysis.acceptance.mixture import Groups, find_groups
from cryoves_app.analysis.acceptance.outliers import mahalanobis_test
from cryoves_app.analysis.fits.distinct import keep_distinct
from cryoves_app.domain.arrays import Array, Chosen
from cryoves_app.domain.beyond_range import BeyondRange
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.recipe_settings import OutlierSettings
from cryoves_app.domain.vesicle import Flag, Status, Vesicle

#: Which percentile of contrast and correlation the cuts refer to.
_REFERENCE_PERCENTILE = 80
#: A vesicle that looks this much like the usual one is no outlier for an unusual measure (a filled lumen, say).
_BEYOND_DOUBT = 0.85
#: One that looks this much like it, and whose other measures are ordinary (p), is large and nothing else: one or two
#: dense-core vesicles among clear ones are no group of their own. Organelles stray in more than their size.
_CLEAR, _ORDINARY = 0.7, 0.05
#: Fewer vesicles than this are no population that could speak for one of them.
_FEW = 6
#: Nor are more of which fewer than this settled: in scenes without vesicles nearly no fit does. So many candidates of
#: the right size, this share of them whole, that are far better than decoys as a whole are a population all the same:
#: their membranes are hard to see. What looks like vesicles without being any is mostly too large or cut by a face.
_FEW_SETTLED, _MANY, _WHOLE = 3, 20, 0.5
#: There a fit that did not settle and that a face cuts, as membranes of organelles make them, must reach this many
#: times the decoys' correlation; and the network's mean probability in the sphere must reach that, the first where the
#: fit settled, the second where it did not. A sphere that is all of a vesicle has about 0.7.
_FAR_ABOVE = 2.0
_SURE, _VERY_SURE = 0.55, 0.65
#: Radii beyond these multiples of the smallest and largest one looked for are no vesicles of that search.
_SIZE_MARGIN = (0.7, 1.25)


@dataclass(frozen=True)
class Feature:
    """One column of the features, as reasons tell it."""

    name: str
    unit: str = ""
    logarithmic: bool = False


FEATURES = (
    Feature("radius", " nm", logarithmic=True),
    Feature("membrane contrast", logarithmic=True),
    Feature("leaflet distance", " nm"),
    Feature("departure from a sphere", " nm", logarithmic=True),
)


@dataclass(frozen=True)
class Judged:
    """Vesicles with status and reason, notes for the report, and those whose only fault is their size."""

    vesicles: list[Vesicle]
    notes: tuple[Note, ...] = ()
    beyond: BeyondRange | None = None


def merge_duplicates(vesicles: list[Vesicle], most_overlap: float) -> list[Vesicle]:
    """Leave out spheres that share most of their volume with a better one (higher correlation)."""
    spheres = np.array([(*v.sphere.centre_nm, v.radius_nm) for v in vesicles], float).reshape(-1, 4)
    quality = np.array([v.correlation or 0.0 for v in vesicles])
    return [vesicles[i] for i in keep_distinct(spheres, quality, most_overlap)]


def judge(
    vesicles: list[Vesicle],
    settings: OutlierSettings,
    decoy_correlation: float | None = None,
    radii_nm: tuple[float, float] = (0.0, np.inf),
) -> Judged:
    """Status by evidence: contrast, correlation, and the robust Mahalanobis p-value of the features.

    ``radii_nm`` are the smallest and largest radius looked for, ``decoy_correlation`` is what fits reach where there is
    no vesicle. Contrast and correlation need no assumption on how features are distributed, and they decide which
    vesicles make the reference of the p-values.
    """
    wrong = [_wrong_size(v, radii_nm, _SIZE_MARGIN) for v in vesicles]
    usual = _Usual.of(vesicles, wrong, settings, decoy_correlation)
    if usual.few:
        wrong = [_wrong_size(v, radii_nm, (1.0, 1.0)) for v in vesicles]
    faint = [_weakness(v, usual, settings) for v in vesicles]
    weak = [w or f for w, f in zip(wrong, faint, strict=True)]
    usable = np.array([not w and Flag.FACE not in v.flags for w, v in zip(weak, vesicles, strict=True)], bool)
    features = features_of(vesicles)
    groups = radius_groups(features, usable)
    test = mahalanobis_test(make_comparable(features, usable, groups), usable)
    merely_large = _merely_large(features, usable)
    judged = []
    for at, (vesicle, why) in enumerate(zip(vesicles, weak, strict=True)):
        d2, p = _number(test.mahalanobis_sq[at]), _number(test.p_value[at])
        known = vesicle.but(mahalanobis_sq=d2, p_value=p)
        kept_because = _why_kept(known, usual, merely_large=bool(merely_large[at]))
        judged.append(_decided(known, why, _told_unusual(known, vesicles, settings), kept_because))
    notes = (*_groups_note(groups), *((test.note,) if test.note and vesicles else ()), *_few_note(judged))
    sizes = (v.radius_nm for v, w, f in zip(vesicles, wrong, faint, strict=True) if w and not f)
    return Judged(
        flag_overlaps(judged),
        tuple(Note(NoteKind.POPULATION, n) for n in notes),
        BeyondRange.of(sizes, radii_nm),
    )


def features_of(vesicles: list[Vesicle]) -> Array:
    """What tells an unusual vesicle.

    Radii and contrasts spread by shares of their size, so their logarithms are nearer to normal.

    Returns
    -------
    (n, 4) array
        Logarithms of the outer radius in nm and of the contrast in standard deviations, the leaflet distance in nm, and
        the logarithm of the departure from a sphere in nm; NaN where unknown.
    """
    rows = [
        (_log(v.radius_nm), _log(v.contrast), v.leaflet_distance_nm, _log(v.roundness_nm)) for v in vesicles
    ]
    return np.array([[np.nan if f is None else f for f in row] for row in rows], float).reshape(
        -1, len(FEATURES)
    )


def keep_known(features: Array, usable: Chosen) -> Array:
    """The features that are known of at least half of the usable vesicles.

    Parameters
    ----------
    features : (n, k) array
        Of any units; NaN where unknown.
    usable : (n,) bool array
        The vesicles that count.

    Returns
    -------
    (n, m) array
        Columns of ``features`` in their order and unit, ``m`` at most ``k``.
    """
    known = np.isfinite(features[usable])
    return features[:, known.mean(axis=0) >= 0.5] if len(known) else features


def radius_groups(features: Array, usable: Chosen) -> Groups | None:
    """The populations that radii fall into; ``None`` where there is one.

    Parameters
    ----------
    features : (n, 3) array
        As of ``features_of``, in its units.
    usable : (n,) bool array
        The vesicles that count.
    """
    return find_groups(features[:, 0], usable)


def make_comparable(features: Array, usable: Chosen, groups: Groups | None) -> Array:
    """Features to compare vesicles by: those that are known, the radius within its group where there are several.

    Parameters
    ----------
    features : (n, 3) array
        As of ``features_of``, in its units.
    usable : (n,) bool array
        The vesicles that count.

    Returns
    -------
    (n, m) array
        In the same units; the radius in standard deviations of its group where there are several.
    """
    if groups is not None:
        features = features.copy()
        features[:, 0] = groups.standardised(features[:, 0])
    return keep_known(features, usable)


def _groups_note(groups: Groups | None) -> tuple[str, ...]:
    if groups is None:
        return ()
    radii = ", ".join(f"{np.exp(m):.0f}" for m in np.sort(groups.mean))
    return (
        f"Radii fall into {len(groups.mean)} groups (around {radii} nm): p-values compare each vesicle with its own.",
    )


def _few_note(judged: list[Vesicle]) -> tuple[str, ...]:
    """Where nothing or next to nothing is left of the candidates."""
    left = sum(v.status is Status.ACCEPTED for v in judged)
    if not judged or left >= _FEW:
        return ()
    if not left:
        return ("Possibly there are no vesicles at all: no candidate looks better than places without one.",)
    if left < len(judged) / 2:
        return (
            f"Only {left} of {len(judged)} candidates look like vesicles: possibly there are none at all.",
        )
    return ()


def _log(value: float | None) -> float | None:
    return float(np.log(value)) if value is not None and value > 0 else None


def flag_overlaps(vesicles: list[Vesicle]) -> list[Vesicle]:
    """Flag accepted spheres that overlap another accepted one by more than both radii's uncertainty."""
    accepted = [i for i, v in enumerate(vesicles) if v.status is Status.ACCEPTED]
    overlapping: set[int] = set()
    if len(accepted) > 1:
        tree = cKDTree([vesicles[i].sphere.centre_nm for i in accepted])
        reach = 2 * max(vesicles[i].radius_nm for i in accepted)
        for a, b in tree.query_pairs(reach):
            first, second = vesicles[accepted[a]], vesicles[accepted[b]]
            spare = 2 * ((first.se_radius_nm or 0.0) + (second.se_radius_nm or 0.0))
            if first.sphere.gap_nm(second.sphere) < -spare:
                overlapping |= {accepted[a], accepted[b]}
    return [
        v.but(flags=(*v.flags, Flag.OVERLAP)) if i in overlapping and Flag.OVERLAP not in v.flags else v
        for i, v in enumerate(vesicles)
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _percentile(values: list[float | None]) -> float:
    known = [v for v in values if v is not None]
    return float(np.percentile(known, _REFERENCE_PERCENTILE)) if known else 0.0


def _wrong_size(vesicle: Vesicle, radii_nm: tuple[float, float], margin: tuple[float, float]) -> str:
    """Whether a fit ended far from any radius that was looked for."""
    low, high = radii_nm
    if margin[0] * low <= vesicle.radius_nm <= margin[1] * high:
        return ""
    return f"radius {vesicle.radius_nm:.0f} nm, looked for were {low:.0f} to {high:.0f} nm"


@dataclass(frozen=True)
class _Usual:
    """What the candidates of a tomogram reach as a whole, measured once for all of them.

    ``by_chance`` is the decoys' correlation, ``least_correlation`` what a fit must reach so that it is no chance;
    ``few`` says that there is hardly a settled fit of the right size to compare others with.
    """

    contrast: float
    correlation: float
    by_chance: float
    least_correlation: float
    few: bool

    @classmethod
    def of(
        cls, vesicles: list[Vesicle], wrong: list[str], settings: OutlierSettings, decoys: float | None
    ) -> _Usual:
        right = [v for v, w in zip(vesicles, wrong, strict=True) if not w]
        settled = sum(Flag.NOT_CONVERGED not in v.flags for v in right)
        whole = sum(Flag.FACE not in v.flags for v in right)
        by_chance = decoys or 0.0
        dark = [v.correlation or 0.0 for v in right if (v.contrast or 0.0) > 0]
        every = [v.correlation or 0.0 for v in vesicles]
        margin = chance_margin(every, dark, by_chance, settings.decoy_margin)
        many = margin < settings.decoy_margin and len(right) >= _MANY and whole >= _WHOLE * len(right)
        return cls(
            _percentile([v.contrast for v in vesicles]),
            _percentile([v.correlation for v in vesicles]),
            by_chance,
            by_chance * margin,
            len(vesicles) < _FEW or (settled < _FEW_SETTLED and not many),
        )


def _doubt_among_few(vesicle: Vesicle, by_chance: float) -> str:
    """Why a vesicle that has no population to speak for it is not believed; empty where it is."""
    probability, is_settled = vesicle.probability, Flag.NOT_CONVERGED not in vesicle.flags
    if not is_settled:
        is_cut = Flag.FACE in vesicle.flags
        if probability is None or (is_cut and (vesicle.correlation or 0.0) < _FAR_ABOVE * by_chance):
            return "the fit did not settle"
    if probability is not None and probability < (_SURE if is_settled else _VERY_SURE):
        return f"the network gives it a probability of {probability:.2f} only"
    return ""


def _weakness(vesicle: Vesicle, usual: _Usual, settings: OutlierSettings) -> str:
    """Why the image is no evidence for a vesicle; empty where it is."""
    contrast, correlation = vesicle.contrast or 0.0, vesicle.correlation or 0.0
    if contrast <= 0:
        return "no dark membrane"
    if usual.few and (doubt := _doubt_among_few(vesicle, usual.by_chance)):
        return f"{doubt}, and there are too few others to compare with"
    if contrast < settings.contrast_cut * usual.contrast:
        return f"membrane contrast {contrast:.2f}, usual is {usual.contrast:.2f}"
    if correlation < usual.least_correlation:
        return (
            f"correlation {correlation:.2f}, no better than where there is no vesicle ({usual.by_chance:.2f})"
        )
    if correlation < settings.correlation_cut * usual.correlation:
        return (
            f"correlation with the population's profile {correlation:.2f}, usual is {usual.correlation:.2f}"
        )
    return ""


def _merely_large(features: Array, usable: Chosen) -> Chosen:
    """Which are larger than usual, and otherwise ordinary, ``(n,)`` of features as in ``features_of``."""
    if not usable.any():
        return usable
    larger = features[:, 0] > np.nanmedian(features[usable, 0])
    beside_size = mahalanobis_test(keep_known(features[:, 1:], usable), usable).p_value
    return np.asarray(larger & (beside_size >= _ORDINARY))


def _decided(vesicle: Vesicle, weakness: str, unusual: str, kept_because: str) -> Vesicle:
    """The vesicle with its status, and what speaks against it, or for it nonetheless."""
    if weakness or (unusual and not kept_because):
        return vesicle.but(status=Status.OUTLIER, reason=weakness or unusual)
    reason = f"{unusual}, kept because {kept_because}" if unusual else ""
    return vesicle.but(status=Status.ACCEPTED, reason=reason)


def _why_kept(vesicle: Vesicle, usual: _Usual, *, merely_large: bool) -> str:
    """Why a vesicle would be accepted whatever its p-value; empty where it would not."""
    correlation = vesicle.correlation or 0.0
    if Flag.FACE in vesicle.flags and Flag.NOT_CONVERGED not in vesicle.flags:
        return "a face cuts it"
    if correlation >= _BEYOND_DOUBT * usual.correlation:
        return "its image is like the others'"
    is_clear = Flag.FACE not in vesicle.flags and correlation >= _CLEAR * usual.correlation
    if is_clear and merely_large:
        return "nothing but its size is unusual"
    return ""


def _told_unusual(vesicle: Vesicle, population: list[Vesicle], settings: OutlierSettings) -> str:
    """What is unusual about a vesicle whose p-value is below the cut; empty where it is not."""
    if vesicle.p_value is None or vesicle.p_value >= settings.p_cut:
        return ""
    return f"{_most_unusual(vesicle, population)} (p = {vesicle.p_value:.2g})"


def _most_unusual(vesicle: Vesicle, population: list[Vesicle]) -> str:
    """The feature that is farthest from the population's, in robust standard deviations."""
    table, own = features_of(population), features_of([vesicle])[0]
    table = table[:, np.isfinite(own)]
    names = np.flatnonzero(np.isfinite(own))
    own = own[names]
    middle = np.nanmedian(table, axis=0)
    spread = np.nanmedian(np.abs(table - middle), axis=0) + 1e-12
    at = int(np.argmax(np.abs(own - middle) / spread))
    feature = FEATURES[names[at]]
    found, usual = (np.exp(v) if feature.logarithmic else v for v in (own[at], middle[at]))
    return f"unusual {feature.name} {found:.3g}{feature.unit}, usual is {usual:.3g}{feature.unit}"

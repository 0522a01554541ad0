"""What is wrong with a result, vesicle by vesicle: missed, false, or found with another size or place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.workflow.quality.evaluation import Scores


class ErrorKind(StrEnum):
    """Kinds of errors, the weightiest first."""

    MISSED = "missed"
    FALSE = "false"
    RADIUS = "radius"
    PLACE = "place"


@dataclass(frozen=True)
class ErrorLimits:
    """From where on a pair is an error: difference of the radii and distance of the centres, as shares of a radius.

    The difference is a share of the larger radius (δd of the pair), the distance one of the true radius.
    """

    radius: float = 0.1
    place: float = 0.25


@dataclass(frozen=True)
class VesicleError:
    """One error. Both vesicles are there where they are the same one; ``id`` of each is that of its own file."""

    kind: ErrorKind
    predicted: Vesicle | None
    true: Vesicle | None

    @property
    def sphere(self) -> Sphere:
        """Where to look: the true one, or the false one."""
        vesicle = self.true or self.predicted
        assert vesicle is not None
        return vesicle.sphere

    @property
    def distance_nm(self) -> float | None:
        """Between the centres of a pair."""
        if self.predicted is None or self.true is None:
            return None
        return self.predicted.sphere.distance_nm(self.true.sphere)

    @property
    def radius_error_nm(self) -> float | None:
        """Predicted minus true outer radius of a pair."""
        if self.predicted is None or self.true is None:
            return None
        return self.predicted.radius_nm - self.true.radius_nm

    @property
    def sentence(self) -> str:
        """For people; no full stop."""
        if self.predicted is None:
            return f"missed, radius {self.sphere.radius_nm:.1f} nm"
        if self.true is None:
            return f"false, radius {self.sphere.radius_nm:.1f} nm"
        return f"radius {self.radius_error_nm:+.1f} nm, centre {self.distance_nm:.1f} nm off"


def list_errors(scores: Scores, limits: ErrorLimits | None = None) -> tuple[VesicleError, ...]:
    """All errors: those missed, false ones, pairs that differ in size and in place, the worst of each kind first."""
    found = scores.evaluation
    pairs = [(scores.predicted[m.predicted], scores.true[m.true]) for m in found.matches]
    return (
        *(VesicleError(ErrorKind.MISSED, None, scores.true[i]) for i in found.false_negatives),
        *(VesicleError(ErrorKind.FALSE, scores.predicted[i], None) for i in found.false_positives),
        *_wrong_pairs(pairs, limits or ErrorLimits()),
    )


def _wrong_pairs(pairs: Sequence[tuple[Vesicle, Vesicle]], limits: ErrorLimits) -> Iterator[VesicleError]:
    """Each pair once: by its size where that is wrong, else by its place."""
    wrong_size = [pair for pair in pairs if _size_error(pair) > limits.radius]
    rest = [pair for pair in pairs if _size_error(pair) <= limits.radius]
    wrong_place = [pair for pair in rest if _place_error(pair) > limits.place]
    yield from (VesicleError(ErrorKind.RADIUS, *p) for p in sorted(wrong_size, key=_size_error, reverse=True))
    yield from (
        VesicleError(ErrorKind.PLACE, *p) for p in sorted(wrong_place, key=_place_error, reverse=True)
    )


def _size_error(pair: tuple[Vesicle, Vesicle]) -> float:
    low, high = sorted(v.radius_nm for v in pair)
    return 1 - low / high


def _place_error(pair: tuple[Vesicle, Vesicle]) -> float:
    predicted, true = pair
    return predicted.sphere.distance_nm(true.sphere) / true.radius_nm

"""One vesicle: its sphere, its measures, and what people decided about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.geometry import Sphere

#: Ids of files end here: new vesicles get larger ones, and all of them stay 32-bit numbers.
LARGEST_ID = 2_000_000_000
#: Label volumes are uint16.
LARGEST_LABEL = 65_535
#: Terms of a shape: five of second and seven of third order.
SHAPE_TERMS = 12
#: What the thickness of a membrane counts beyond the middles of its leaflets, both sides together.
HEAD_GROUPS_NM = 2.0
#: What is said of a vesicle that several people judged.
AGREED, DISPUTED = "agreed", "disputed"


class Status(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OUTLIER = "outlier"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The last word of one person on one vesicle."""

    reviewer: str
    status: Status

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.status}"


class Origin(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"
    EDITED = "edited"
    IMPORTED = "imported"


class Flag(StrEnum):
    """Things worth a look; none of them decides the status."""

    FACE = "face"  # cut by a face of the tomogram
    OVERLAP = "overlap"  # overlaps another sphere
    SPLIT = "split"  # one of several from a merged segment
    NOT_CONVERGED = "not_converged"  # the fit stopped before it settled
    NOT_FITTED = "not_fitted"  # the sphere is the segment's, not the image's


#: What a field of a vesicle can hold.
FieldValue = float | int | bool | str | tuple[str, ...] | tuple[float, ...] | tuple[Judgement, ...] | None
#: Some fields of a vesicle by name: measures, for instance, or what an edit changed.
VesicleFields = Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class Vesicle:
    """A vesicle of a tomogram. Lengths in nm; unknown measures are ``None``.

    ``radius_mid_nm`` reaches to the membrane's mid-plane and is what the image shows; ``radius_nm`` reaches to the
    outer edge as the recipe defines it (``FitSettings.edge_rule``). ``leaflet_distance_nm`` is between the middles of
    the two leaflets; ``membrane_thickness_nm`` is that and ``HEAD_GROUPS_NM``. ``roundness_nm`` is the root mean square
    distance of the membrane from a sphere, ``sphere_p_value`` how likely a sphere looks as little round; the axes are
    the semi-axes of the ellipsoid nearest to the membrane, to the same outer edge as the radius.
    ``shape_terms_nm`` are the twelve terms of second and third order of the radius as a function of direction, empty
    where they are not known. ``membrane_density`` and ``lumen_density`` are raw grey values, ``contrast`` is
    normalised. ``label`` is the number in exported label files; ``id`` never changes. ``judgements`` has one entry for
    each person who judged the vesicle under a name, whoever did last at the end.
    """

    id: int
    z_nm: float
    y_nm: float
    x_nm: float
    radius_nm: float
    radius_mid_nm: float | None = None
    se_x_nm: float | None = None
    se_y_nm: float | None = None
    se_z_nm: float | None = None
    se_radius_nm: float | None = None
    membrane_thickness_nm: float | None = None
    membrane_density: float | None = None
    lumen_density: float | None = None
    contrast: float | None = None
    correlation: float | None = None
    mahalanobis_sq: float | None = None
    p_value: float | None = None
    probability: float | None = None
    status: Status = Status.ACCEPTED
    reason: str = ""
    flags: tuple[Flag, ...] = ()
    origin: Origin = Origin.AUTO
    reviewed: bool = False
    tags: tuple[str, ...] = ()
    inside_region: bool | None = None
    nn_distance_nm: float | None = None
    az_centre_nm: float | None = None
    az_rim_nm: float | None = None
    pool: str = ""
    label: int | None = None
    leaflet_distance_nm: float | None = None
    se_leaflet_distance_nm: float | None = None
    roundness_nm: float | None = None
    sphere_p_value: float | None = None
    long_axis_nm: float | None = None
    middle_axis_nm: float | None = None
    short_axis_nm: float | None = None
    shape_terms_nm: tuple[float, ...] = ()
    judgements: tuple[Judgement, ...] = ()

    @property
    def sphere(self) -> Sphere:
        return Sphere(self.z_nm, self.y_nm, self.x_nm, self.radius_nm)

    def with_sphere(self, sphere: Sphere) -> Vesicle:
        """The same vesicle at another place or size."""
        return replace(self, z_nm=sphere.z_nm, y_nm=sphere.y_nm, x_nm=sphere.x_nm, radius_nm=sphere.radius_nm)

    def but(self, **changes: Any) -> Vesicle:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def judged(self, status: Status, reviewer: str = "", reason: str = "") -> Vesicle:
        """As a person decided, who takes the place of what the same person said before; nameless where not known."""
        own = (Judgement(reviewer, status),) if reviewer else ()
        judgements = (*self._judgements_besides(reviewer), *own)
        return replace(self, status=status, reason=reason, reviewed=True, judgements=judgements)

    def not_judged(self, reviewer: str = "") -> Vesicle:
        """As one that nobody has checked; what others than this person said of it stays on record."""
        return replace(self, reviewed=False, judgements=self._judgements_besides(reviewer))

    def _judgements_besides(self, reviewer: str) -> tuple[Judgement, ...]:
        return tuple(v for v in self.judgements if v.reviewer != reviewer)

    def is_checked(self, by: str = "") -> bool:
        """Whether a person has looked at it: this one, or anybody where no name is given."""
        return any(j.reviewer == by for j in self.judgements) if by else self.reviewed

    @property
    def reviewer(self) -> str:
        """Who judged it last; empty where nobody did under a name."""
        return self.judgements[-1].reviewer if self.judgements else ""

    @property
    def agreement(self) -> str:
        """Whether several people judged it alike: ``agreed`` or ``disputed``; empty where fewer than two did."""
        if len(self.judgements) < 2:
            return ""
        return AGREED if len({v.status for v in self.judgements}) == 1 else DISPUTED

    @property
    def is_disputed(self) -> bool:
        return self.agreement == DISPUTED

    @property
    def is_human_work(self) -> bool:
        """Whether a person made, changed, tagged or checked it: a re-run must keep it."""
        return self.origin != Origin.AUTO or self.reviewed or bool(self.tags or self.judgements)


def shape_terms_px(vesicles: Sequence[Vesicle], voxel_size_nm: float) -> NDArray[np.float64]:
    """Terms of the vesicles' shapes ``(n, 12)`` in voxels; 0 where they are not known."""
    rows = [v.shape_terms_nm or (0.0,) * SHAPE_TERMS for v in vesicles]
    return np.array(rows, float).reshape(-1, SHAPE_TERMS) / voxel_size_nm

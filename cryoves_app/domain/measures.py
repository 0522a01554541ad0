"""The measures of a vesicle, with units and sensible digits: columns of the table, colours of the circles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from cryoves_app.domain.vesicle import Vesicle

Getter = Callable[[Vesicle, float], Any]


@dataclass(frozen=True)
class Measure:
    """One column of ``vesicles.csv`` as people read it.

    ``value`` takes the vesicle and the voxel size in nm; ``significant`` digits apply to small numbers.
    """

    key: str
    label: str
    value: Getter
    unit: str = ""
    decimals: int | None = None
    numeric: bool = True
    short: str = ""
    help: str = ""

    @property
    def header(self) -> str:
        name = self.short or self.label
        return f"{name} ({self.unit})" if self.unit else name

    def text(self, vesicle: Vesicle, voxel_size_nm: float) -> str:
        value = self.value(vesicle, voxel_size_nm)
        return short_p(value) if self.key == "p_value" else format_value(value, self.decimals)


def format_value(value: Any, decimals: int | None = None) -> str:
    """A value as people read it; unknown is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return format_number(value, decimals)
    if isinstance(value, tuple):
        return ", ".join(str(v).replace("_", " ") for v in value)
    return str(value)


def format_number(value: float, decimals: int | None = None) -> str:
    if decimals is None:
        return f"{value:.3g}"
    return f"{value:.{decimals}f}".replace("-", "−")


def short_p(p_value: float | None) -> str:
    """Two digits: ``0.43``, ``0.0039``, ``1.6e−5``."""
    if p_value is None:
        return ""
    if p_value >= 1e-4:
        return f"{p_value:.2g}"
    return f"{p_value:.1e}".replace("e-0", "e−").replace("e-", "e−")


def format_p(p_value: float | None) -> str:
    """``p = 0.003``, ``p < 0.0001`` or a dash."""
    if p_value is None:
        return "p –"
    return f"p {p_value:.2g}" if p_value >= 1e-4 else "p < 0.0001"


def _field(key: str, label: str, unit: str = "", decimals: int | None = None, **more: Any) -> Measure:
    get = attrgetter(key)
    return Measure(key, label, lambda vesicle, _voxel: get(vesicle), unit, decimals, **more)


def _pixel(axis: str) -> Measure:
    get = attrgetter(f"{axis}_nm")
    return Measure(
        f"{axis}_px",
        axis,
        lambda vesicle, voxel: get(vesicle) / voxel,
        "voxel",
        1,
        help="0-based voxel index, voxel centres at integers",
    )


MEASURES: tuple[Measure, ...] = (
    _field("id", "id", help="Number of the vesicle; it never changes."),
    _field("status", "status", numeric=False),
    _field("p_value", "p-value", short="p", help="Outlier p-value against all vesicles: small is doubtful."),
    _field(
        "radius_nm",
        "radius",
        "nm",
        1,
        help="To the outer edge of the membrane, as far from its mid-plane as the recipe says.",
    ),
    _field("reason", "reason", numeric=False, help="Why the vesicle is doubtful."),
    _field("reviewed", "checked", numeric=False, help="Whether a person has looked at it."),
    _field("x_nm", "x", "nm", 1),
    _field("y_nm", "y", "nm", 1),
    _field("z_nm", "z", "nm", 1),
    _pixel("x"),
    _pixel("y"),
    _pixel("z"),
    _field(
        "radius_mid_nm",
        "mid-plane radius",
        "nm",
        1,
        short="r mid",
        help="To the middle of the membrane: what the image shows.",
    ),
    _field("se_x_nm", "standard error of x", "nm", 2, short="se x"),
    _field("se_y_nm", "standard error of y", "nm", 2, short="se y"),
    _field("se_z_nm", "standard error of z", "nm", 2, short="se z"),
    _field("se_radius_nm", "standard error of the radius", "nm", 2, short="se r"),
    _field(
        "membrane_thickness_nm",
        "membrane thickness",
        "nm",
        1,
        short="membrane",
        help="Leaflet distance and 1 nm of head groups on either side; with the recipe “paper”, its equation 4.",
    ),
    _field("membrane_density", "membrane density", "grey", short="membrane"),
    _field("lumen_density", "lumen density", "grey", short="lumen"),
    _field("contrast", "contrast", decimals=2),
    _field("correlation", "profile correlation", decimals=3, short="correlation"),
    _field("mahalanobis_sq", "squared Mahalanobis distance", decimals=1, short="d²"),
    _field("probability", "network probability", decimals=4, short="probability"),
    _field("flags", "flags", numeric=False),
    _field("origin", "origin", numeric=False),
    _field("tags", "tags", numeric=False),
    _field("inside_region", "inside the region", numeric=False, short="inside"),
    _field("nn_distance_nm", "distance to the nearest vesicle", "nm", 1, short="nearest"),
    _field("az_centre_nm", "active zone to centre", "nm", 1, short="az centre"),
    _field("az_rim_nm", "active zone to rim", "nm", 1, short="az rim"),
    _field("pool", "pool", numeric=False),
    _field("label", "label", help="Number in exported label files."),
    _field(
        "leaflet_distance_nm",
        "leaflet distance",
        "nm",
        2,
        short="leaflets",
        help="Between the middles of the two leaflets; empty where blur hides it.",
    ),
    _field("se_leaflet_distance_nm", "standard error of the leaflet distance", "nm", 2, short="se leaflets"),
    _field(
        "roundness_nm",
        "departure from a sphere",
        "nm",
        2,
        short="not round",
        help="Root mean square distance of the membrane from the sphere.",
    ),
    _field(
        "sphere_p_value",
        "p of a sphere",
        decimals=3,
        short="p sphere",
        help="How likely a sphere looks as little round in this noise: small means an ellipsoid.",
    ),
    _field(
        "long_axis_nm", "longest semi-axis", "nm", 1, short="a", help="To the outer edge of the membrane."
    ),
    _field("middle_axis_nm", "middle semi-axis", "nm", 1, short="b"),
    _field("short_axis_nm", "shortest semi-axis", "nm", 1, short="c"),
    _field("reviewer", "checked by", numeric=False, help="Who judged it last."),
    _field(
        "judgements",
        "judgements",
        numeric=False,
        help="What each person said who judged it, the last one last.",
    ),
    _field(
        "agreement",
        "agreement",
        numeric=False,
        help="Where several people judged it: whether they agreed, or it is disputed.",
    ),
)

BY_KEY: dict[str, Measure] = {m.key: m for m in MEASURES}

#: What circles and spheres can be coloured by, besides the status.
COLOUR_KEYS: tuple[str, ...] = (
    "p_value",
    "radius_nm",
    "correlation",
    "contrast",
    "membrane_thickness_nm",
    "membrane_density",
    "lumen_density",
    "probability",
    "nn_distance_nm",
    "az_rim_nm",
    "z_nm",
)

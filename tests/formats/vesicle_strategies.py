"""Random vesicles and regions for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Flag, Judgement, Origin, Status, Vesicle

positions = st.floats(-100, 5000, allow_nan=False).map(lambda v: round(v, 4))
radii = st.floats(5, 100).map(lambda v: round(v, 4))
measures = st.none() | st.floats(-1e6, 1e6).map(lambda v: float(f"{v:.7g}"))
lengths = st.none() | st.floats(0, 1e4).map(lambda v: round(v, 4))
words = st.text("abc äµ-,\"'\n\x85", min_size=1, max_size=8).map(str.strip).filter(bool)

judgements = st.builds(Judgement, words, st.sampled_from(Status))


def vesicles() -> st.SearchStrategy[Vesicle]:
    """Vesicles with every field set or unknown."""
    numbers = [
        "membrane_density",
        "lumen_density",
        "contrast",
        "correlation",
        "mahalanobis_sq",
        "p_value",
        "sphere_p_value",
    ]
    sizes = ["radius_mid_nm", "se_x_nm", "se_y_nm", "se_z_nm", "se_radius_nm", "membrane_thickness_nm"]
    sizes += [
        "roundness_nm",
        "long_axis_nm",
        "middle_axis_nm",
        "short_axis_nm",
        "leaflet_distance_nm",
        "se_leaflet_distance_nm",
        "nn_distance_nm",
        "az_centre_nm",
        "az_rim_nm",
    ]
    return st.builds(
        Vesicle,
        id=st.integers(1, 10**6),
        **dict.fromkeys(["x_nm", "y_nm", "z_nm"], positions),
        radius_nm=radii,
        **dict.fromkeys([*numbers, "probability"], measures),
        **dict.fromkeys(sizes, lengths),
        status=st.sampled_from(Status),
        reason=words | st.just(""),
        flags=st.lists(st.sampled_from(Flag), unique=True, max_size=3).map(tuple),
        origin=st.sampled_from(Origin),
        reviewed=st.booleans(),
        tags=st.lists(words, unique=True, max_size=3).map(tuple),
        inside_region=st.none() | st.booleans(),
        pool=words | st.just(""),
        shape_terms_nm=st.just(()) | st.tuples(*[st.floats(-9, 9).map(lambda v: round(v, 4))] * 12),
        judgements=st.lists(judgements, max_size=3, unique_by=lambda v: v.reviewer).map(tuple),
        label=st.none() | st.integers(10, 65535),
    )


def vesicle_lists(max_size: int = 6) -> st.SearchStrategy[list[Vesicle]]:
    return st.lists(vesicles(), max_size=max_size, unique_by=lambda v: v.id)


points = st.tuples(*[st.floats(0, 500, allow_nan=False)] * 3)
contours = st.builds(
    Contour, points_px=st.lists(points, min_size=1, max_size=5).map(tuple), closed=st.booleans()
)
regions = st.builds(
    Region,
    name=words,
    kind=st.sampled_from(RegionKind),
    contours=st.lists(contours, max_size=3).map(tuple),
    interpolate=st.booleans(),
    tube_nm=st.floats(1, 50),
)

import math

import numpy as np
import pytest

from cryoves_app.analysis.pools import USUAL_BANDS, Band, band_volumes_nm3, checked_bands, pool_of, summary
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle


@pytest.mark.parametrize(
    ("distance", "name"),
    [
        (-3.0, "proximal"),
        (0.0, "proximal"),
        (44.9, "proximal"),
        (45.0, "intermediate"),
        (249.0, "distal"),
        (250.0, ""),
        (None, ""),
    ],
)
def test_distance_decides_the_pool(distance: float | None, name: str) -> None:
    assert pool_of(distance, USUAL_BANDS) == name


def test_bands_are_put_in_order_and_checked() -> None:
    near, far = Band("near", 0, 10), Band("far", 10, 20)
    assert checked_bands([far, near]) == (near, far)
    for bad in ([near, Band("x", 5, 15)], [near, Band("near", 10, 20)], [Band("x", 5, 5)], [Band(" ", 0, 1)]):
        with pytest.raises(CryoVesError):
            checked_bands(bad)


def test_summary_counts_and_densities() -> None:
    radii = [18.0, 22.0, 20.0, 30.0]
    pools = ["near", "near", "far", ""]
    vesicles = [
        Vesicle(n, 0.0, 0.0, 0.0, r, pool=p, az_rim_nm=10.0 * n)
        for n, (r, p) in enumerate(zip(radii, pools, strict=True), 1)
    ]
    bands = (Band("near", 0, 10), Band("far", 10, 20), Band("empty", 20, 30))
    near, far, empty, none = summary(vesicles, bands, {"near": 1e9, "far": 0.5e9})
    assert (near.count, near.mean_radius_nm, near.mean_distance_nm, near.density_um3) == (2, 20.0, 15.0, 2.0)
    assert near.sd_radius_nm == pytest.approx(math.sqrt(8))
    assert (far.count, far.sd_radius_nm, far.density_um3) == (1, None, 2.0)
    assert (empty.count, empty.mean_radius_nm, empty.density_um3) == (0, None, None)
    assert (none.name, none.count) == ("none", 1)


@pytest.mark.parametrize("size", [20, 120])
def test_volumes_of_bands(size: int) -> None:
    """A plane as active zone: bands are slabs, also where the region is sampled."""
    region = np.ones((size, size, 100), np.uint8)
    zone = np.zeros_like(region)
    zone[:, :, 0] = 1
    volumes = band_volumes_nm3(region, zone, (Band("near", 0, 20), Band("far", 20, 1000)), 2.0)
    slab = size * size * 8
    assert volumes["near"] == pytest.approx(9 * slab, rel=0.12)
    assert volumes["near"] + volumes["far"] == pytest.approx(99 * slab, rel=0.05)
    assert band_volumes_nm3(region, zone * 0, (Band("near", 0, 20),), 2.0) == {"near": 0.0}

import math

import numpy as np
import pytest

from cryoves_app.analysis.scores.pools import band_volumes_nm3, summary
from cryoves_app.domain.pools import Band
from cryoves_app.domain.vesicle import Vesicle


def test_summary_counts_and_densities() -> None:
    radii = [18.0, 22.0, 20.0, 30.0]
    pools = ["near", "near", "far", ""]
    vesicles = [
        Vesicle(n, 0.0, 0.0, 0.0, r, pool=p, az_rim_nm=10.0 * n, nn_distance_nm=50.0 if n < 3 else None)
        for n, (r, p) in enumerate(zip(radii, pools, strict=True), 1)
    ]
    volumes = {"near": 1e9, "far": 0.5e9, "all": 2e9}
    near, far, empty, none, every = summary(vesicles, ("near", "far", "empty"), volumes)
    assert (near.count, near.mean_radius_nm, near.mean_distance_nm, near.density_um3) == (2, 20.0, 15.0, 2.0)
    assert near.sd_radius_nm == pytest.approx(math.sqrt(8))
    assert (near.mean_neighbour_nm, far.mean_neighbour_nm) == (50.0, None)
    assert (far.count, far.sd_radius_nm, far.density_um3) == (1, None, 2.0)
    assert (empty.count, empty.mean_radius_nm, empty.density_um3) == (0, None, None)
    assert (none.name, none.count, none.density_um3) == ("none", 1, None)
    assert (every.name, every.count, every.mean_radius_nm, every.density_um3) == ("all", 4, 22.5, 2.0)
    assert [row.name for row in summary(vesicles, ())] == ["all"]


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
    # an open band has all that lies beyond
    open_end = band_volumes_nm3(region, zone, (Band("near", -math.inf, 20), Band("far", 20, math.inf)), 2.0)
    assert open_end == volumes
    assert band_volumes_nm3(region, zone * 0, (Band("near", 0, 20),), 2.0) == {"near": 0.0}

"""Measures of a vesicle."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.fits.features import measure
from cryoves_app.analysis.membrane.radial import membrane_template
from cryoves_app.analysis.membrane.shell import GreySource, View, collect
from cryoves_app.analysis.membrane.sphere_fit import fit_sphere

SPHERE = np.array([40.0, 40.0, 40.0, 18.0])


def vesicle(membrane: float, lumen: float) -> GreySource:
    """A membrane 5 nm thick and a lumen of these grey values in a cytosol of 100."""
    away = np.linalg.norm(np.indices((80, 80, 80)) - 40.0, axis=0) - SPHERE[3]
    grey = np.where(np.abs(away) <= 2.5, membrane, np.where(away < 0, lumen, 100.0)).astype(np.float32)
    return GreySource(grey, 1.0, 100.0, 10.0)


@pytest.mark.parametrize(("membrane", "lumen"), [(60.0, 110.0), (20.0, 90.0)])
def test_densities_are_grey_values_of_the_tomogram(membrane: float, lumen: float) -> None:
    source = vesicle(membrane, lumen)
    shell = collect(source, SPHERE, np.zeros((0, 4)), View(), tilt_range_deg=90, edge_nm=2.25)
    fit = fit_sphere(shell, SPHERE, membrane_template())
    found = measure(shell, fit, membrane_template(), source, 1.0)
    assert found.membrane_density == pytest.approx(membrane, abs=2.5)
    assert found.lumen_density == pytest.approx(lumen, abs=1.0)
    assert found.contrast > 0
    assert found.correlation > 0.8

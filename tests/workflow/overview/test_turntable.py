"""The vesicles turning once about z."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cryoves_app.domain.errors import Cancelled
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.workflow.overview.planes import COLOURS
from cryoves_app.workflow.overview.project_figure import FigureOptions
from cryoves_app.workflow.overview.turntable import turntable

SHAPE, NM = (20, 40, 60), 2.0


@pytest.fixture
def volume() -> Volume:
    return Volume(VolumeInfo(SHAPE, np.dtype(np.float32), NM), np.zeros(SHAPE, np.float32))


def project_of(*vesicles: Vesicle) -> Project:
    reference = TomogramReference("t.mrc", "t.mrc", 0, "", SHAPE, NM)
    return Project(reference, vesicles=VesicleSet.of(vesicles))


def column_of(picture: Any, colour: str) -> float:
    """The middle of what has a colour's hue, as a share of the width."""
    shares = picture / np.maximum(picture.sum(axis=2, keepdims=True), 1)
    wanted = np.array(to_rgb(colour)) / sum(to_rgb(colour))
    _rows, columns = np.nonzero((np.abs(shares - wanted).max(axis=2) < 0.03) & (picture.sum(axis=2) > 100))
    return float(columns.mean()) / picture.shape[1]


def test_a_vesicle_beside_the_middle_goes_from_one_side_to_the_other(volume: Volume) -> None:
    vesicle = Vesicle(1, z_nm=20.0, y_nm=40.0, x_nm=100.0, radius_nm=12.0)
    pictures = list(
        turntable(project_of(vesicle), volume, FigureOptions(), pictures=2, width_px=300, progress=Progress())
    )
    first, half_a_turn_later = (column_of(p, COLOURS[Status.ACCEPTED]) for p in pictures)
    assert first > 0.6
    assert first + half_a_turn_later == pytest.approx(1.0, abs=0.01)


def test_all_pictures_have_one_size_of_even_pixels(volume: Volume) -> None:
    pictures = list(
        turntable(project_of(), volume, FigureOptions(), pictures=3, width_px=201, progress=Progress())
    )
    assert len({p.shape for p in pictures}) == 1
    assert [n % 2 for n in pictures[0].shape[:2]] == [0, 0]
    assert pictures[0].max() > 80  # the box is seen without any vesicle


def test_rejected_ones_turn_along_when_asked_for(volume: Volume) -> None:
    found = project_of(Vesicle(1, z_nm=20.0, y_nm=40.0, x_nm=60.0, radius_nm=12.0, status=Status.REJECTED))
    without, with_it = (
        next(
            turntable(found, volume, FigureOptions(rejected=r), pictures=1, width_px=200, progress=Progress())
        )
        for r in (False, True)
    )
    assert (without != with_it).any()


def test_a_cancel_ends_it_between_two_pictures(volume: Volume) -> None:
    token = CancelToken()
    pictures = turntable(
        project_of(), volume, FigureOptions(), pictures=9, width_px=100, progress=Progress(token=token)
    )
    next(pictures)
    token.cancel()
    with pytest.raises(Cancelled):
        next(pictures)

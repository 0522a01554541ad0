"""Files that once stopped the program, read in every role that they can be given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.workflow.batch.queue_file import read_queue
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.importing.importing import import_vesicle_file
from cryoves_app.workflow.importing.regions import load_region
from cryoves_app.workflow.segment.order import SegmentJob

INFO = VolumeInfo((64, 96, 96), np.dtype("f4"), 2.2)


def _vesicles(path: Path) -> int:
    return len(import_vesicle_file(path, INFO, 20.0).vesicles)


def _voxels(kind: RegionKind) -> Callable[[Path], int]:
    return lambda path: int(np.count_nonzero(load_region(path, kind, INFO).mask))


ROLES = {
    "vesicles": _vesicles,
    "region": _voxels(RegionKind.CYTOPLASM),
    "active zone": _voxels(RegionKind.ACTIVE_ZONE),
}


@pytest.mark.parametrize(
    ("name", "role", "found"),
    [
        ("imod-bnan.mod", "vesicles", 1),
        ("imod-bnan.mod", "region", 16),
        ("imod-bnan.mod", "active zone", 178),
        ("imod-region.mod", "vesicles", 1),
        ("imod-region.mod", "region", 389),
        ("imod-cnan.mod", "active zone", 98),
        ("imod-label.mod", "vesicles", 1),
        ("imod-label63.mod", "vesicles", 1),
        ("csv-label-minus1.csv", "vesicles", 1),
        ("evaluate-1e308.csv", "vesicles", 1),
    ],
)
def test_what_can_be_used_of_them_is(shared_cases: Path, name: str, role: str, found: int) -> None:
    assert ROLES[role](shared_cases / "faults" / name) == found


@pytest.mark.parametrize(
    ("name", "role", "words"),
    [
        ("idinf.star", "vesicles", "particle 1 has no usable id; ids go from 1 to 2000000000"),
        ("idinf.star", "region", "is a list of particles or points"),
        ("imod-cnan.mod", "vesicles", "“cell” of imod-cnan.mod has no line of at least 3 points"),
        ("imod-cnan.mod", "region", "“cell” of imod-cnan.mod has no line of at least 3 points"),
        ("imod-label.mod", "region", "holds no contours that could be the region"),
        ("csv-id-too-large.csv", "vesicles", "line 2: an id must be below 2000000001"),
    ],
)
def test_the_others_are_refused_in_one_sentence(shared_cases: Path, name: str, role: str, words: str) -> None:
    with pytest.raises(CryoVesError) as refused:
        ROLES[role](shared_cases / "faults" / name)
    assert words in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(("name", "words"), [("r.toml", "fit.rounds cannot be inf"), ("r.json", "r.json")])
def test_recipes(shared_cases: Path, name: str, words: str) -> None:
    with pytest.raises(CryoVesError, match=words):
        load_recipe(str(shared_cases / "faults" / name))


@pytest.mark.parametrize("name", ["q.toml", "q2.toml", "q3.txt"])
def test_queues(shared_cases: Path, name: str) -> None:
    with pytest.raises(CryoVesError):
        read_queue(shared_cases / "faults" / name, Path("out"), SegmentJob("", ""))


@pytest.mark.parametrize("name", ["q4.toml", "q5.toml"])
def test_a_format_in_a_name_is_refused_and_not_followed(shared_cases: Path, name: str) -> None:
    (job,) = read_queue(shared_cases / "faults" / name, Path("out"), SegmentJob("", ""))
    with pytest.raises(CryoVesError, match=r"may hold \{dir\} and \{stem\} only"):
        job.companion(job.region)

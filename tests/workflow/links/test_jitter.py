"""Links found again with vesicles moved at random."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project.project_file import write_project
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.links.found import FoundLinks, find_links
from cryoves_app.workflow.links.jitter import (
    JITTER_COLUMNS,
    JitterPlan,
    find_jittered,
    jitter_rows,
    jitter_sentence,
)
from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe
from cryoves_app.workflow.links.sources import LinkSource, source_of_project
from cryoves_app.workflow.links.tables import write_links

SHAPE, VOXEL_NM = (20, 40, 60), 2.0
PLAN = LinkPlan(LinkRecipe.PYTO, (0.0,))


def looked_for(source: LinkSource) -> FoundLinks:
    return find_links(source, PLAN)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three vesicles in a row; a thread between the first two, one voxel of a thread beside the third."""
    grey = np.full(SHAPE, 50, np.float32)
    grey[9:12, 19:22, 14:28] = -1
    grey[10, 20, 38] = -1
    write_map(tmp_path / "t.mrc", grey, VolumeInfo(SHAPE, grey.dtype, VOXEL_NM))
    ring = tuple(
        Contour(tuple((float(z), y, x) for y, x in ((1.0, 1.0), (1.0, 58.0), (38.0, 58.0), (38.0, 1.0))))
        for z in range(SHAPE[0])
    )
    spheres = [Vesicle(n, 20.0, 40.0, x, 12.0) for n, x in ((1, 20.0), (2, 62.0), (3, 104.0))]
    errors = {"se_z_nm": 0.1, "se_y_nm": 0.1, "se_x_nm": 0.1, "se_radius_nm": 0.05}
    first = [
        spheres[0].but(**errors),
        spheres[1].but(**errors),
        spheres[2],
        spheres[2].but(id=9, status=Status.REJECTED),
    ]
    path = tmp_path / "t.cryoves"
    reference = reference_to(open_volume(tmp_path / "t.mrc", VOXEL_NM), path)
    regions = (Region("cell", RegionKind.CYTOPLASM, ring),)
    write_project(path, Project(reference, regions=regions, vesicles=VesicleSet.of(first)))
    return path


def test_small_errors_change_nothing(project: Path) -> None:
    first = looked_for(source_of_project(project))
    runs = find_jittered(project, JitterPlan(3), looked_for, first)
    assert [(run.connectors, run.pairs, run.same_pairs) for run in runs] == [(1, 1, 1)] * 4
    assert runs[0].moved_nm == 0
    assert all(0.02 < run.moved_nm < 0.5 for run in runs[1:])
    assert "1 connector became 1 to 1" in jitter_sentence(runs)
    assert jitter_sentence(runs).endswith("100% of the linked pairs stayed linked.")


def test_large_ones_lose_links(project: Path) -> None:
    first = looked_for(source_of_project(project))
    runs = find_jittered(project, JitterPlan(6, 12.0), looked_for, first)
    assert all(run.moved_nm > 3 for run in runs[1:])
    assert min(run.same_pairs for run in runs[1:]) == 0


def test_the_same_seed_gives_the_same(project: Path) -> None:
    first = looked_for(source_of_project(project))
    once, again, other = (
        find_jittered(project, JitterPlan(2, 1.0, seed), looked_for, first) for seed in (1, 1, 2)
    )
    assert once == again
    assert once[1].moved_nm != other[1].moved_nm


def test_without_errors_the_distance_is_asked_for(project: Path, tmp_path: Path) -> None:
    from cryoves_app.formats.project.project_file import read_project

    bare = read_project(project)
    none = [v.but(se_z_nm=None) for v in bare.vesicles]
    write_project(tmp_path / "bare.cryoves", replace(bare, vesicles=VesicleSet.of(none)))
    first = looked_for(source_of_project(project))
    with pytest.raises(CryoVesError, match="say with --jitter-nm"):
        find_jittered(tmp_path / "bare.cryoves", JitterPlan(1), looked_for, first)


def test_the_table_goes_where_there_are_no_runs_any_more(project: Path, tmp_path: Path) -> None:
    first = looked_for(source_of_project(project))
    runs = find_jittered(project, JitterPlan(1), looked_for, first)
    assert [len(row) for row in jitter_rows(runs)] == [len(JITTER_COLUMNS)] * 2
    write_links(first, tmp_path / "out", jittered=runs)
    lines = (tmp_path / "out" / "links_jittered.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(JITTER_COLUMNS)
    assert lines[1] == "0,0.000,1,0,2,0,1,1"
    write_links(first, tmp_path / "out", force=True)
    assert not (tmp_path / "out" / "links_jittered.csv").exists()

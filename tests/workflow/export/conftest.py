"""A project for the tests of exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Origin, Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, active_zone, cytoplasm, tomogram, vesicles


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = write_mrc_bytes(tmp_path / "tomo.mrc", tomogram().data, mode=1, origin_x=30.0, origin_z=-12.5)
    first, second, third, *others = vesicles()
    origins = {43: Origin.MANUAL, 46: Origin.MANUAL}
    found = [
        first.but(status=Status.REJECTED),
        second.but(status=Status.OUTLIER),
        third.but(inside_region=False),
        *(
            v.but(inside_region=True, reviewed=v.id > 30, origin=origins.get(v.id, Origin.AUTO))
            for v in others
        ),
    ]
    now = Project(
        reference_to(open_volume(source, VOXEL_NM), tmp_path / "synapse.cryoves"),
        vesicles=VesicleSet.of(found),
        regions=(cytoplasm(), active_zone()),
        run={"command": "cryoves segment tomo.mrc"},
    )
    with ProjectFile.create(tmp_path / "synapse.cryoves", now):
        return tmp_path / "synapse.cryoves"

"""Projects as runs and people leave them, with the truth beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map_slices
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.workflow.project.actions.patch import Action
from cryoves_app.workflow.project.actions.run import take_over_run
from cryoves_app.workflow.project.session import Session

SHAPE, VOXEL_NM = (30, 50, 60), 2.0
INFO = VolumeInfo(SHAPE, np.dtype(np.int16), VOXEL_NM)
TRUE = (
    Vesicle(1, 30.0, 30.0, 30.0, 16.0),
    Vesicle(2, 30.0, 70.0, 30.0, 16.0),
    Vesicle(3, 30.0, 50.0, 85.0, 18.0),
)
#: Found: the first exactly, the second 4 nm too large and beside its place, one that is false; and an outlier.
FOUND = (
    TRUE[0],
    replace(TRUE[1], x_nm=33.0, radius_nm=20.0),
    Vesicle(3, 15.0, 15.0, 100.0, 10.0),
    replace(TRUE[2], id=4, status=Status.OUTLIER),
)
CANDIDATES = [[v.z_nm, v.y_nm, v.x_nm, v.radius_nm * 0.8] for v in FOUND]


def save_run(path: Path, found: tuple[Vesicle, ...] = FOUND) -> Session:
    """A project after a run, saved and still open."""
    name = path.stem
    reference = TomogramReference("", f"/data/{name}.mrc", 1, name, SHAPE, VOXEL_NM)
    path.parent.mkdir(parents=True, exist_ok=True)
    session = Session.create(Project(reference), path)
    run: dict[str, object] = {"candidates_nm": CANDIDATES}
    action, _ = take_over_run(session.project, VesicleSet.of(found), Recipe(), "default", run)
    session.do(action)
    session.save()
    return session


def edit(session: Session, *vesicles: Vesicle, removed: tuple[int, ...] = ()) -> None:
    """A person's step."""
    before = session.project
    changed = {v.id: v for v in before.vesicles} | {v.id: v for v in vesicles}
    after = VesicleSet.of([v for i, v in changed.items() if i not in removed])
    session.do(Action.between("edit", "Edit", before, replace(before, vesicles=after)))


def write_truth(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_vesicles(path, TRUE, VOXEL_NM)
    return path


def write_map(path: Path) -> None:
    """A network's map: 0.5 in the left half."""
    plane = np.zeros(SHAPE[1:], np.float32)
    plane[:, :30] = 0.5
    write_map_slices(path, iter([plane] * SHAPE[0]), INFO)

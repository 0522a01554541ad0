"""The files that are damaged on purpose: how a whole one is written, and how the program reads it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import tifffile

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats import chimerax, dynamo, mrc, pyto, pyto_segments
from cryoves_app.formats.copick.picks import PickNames, write_picks
from cryoves_app.formats.copick.project import read_copick_project
from cryoves_app.formats.defocus import find_defocus
from cryoves_app.formats.imod.convert import model_of
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.oriented import OrientedPoints, read_motive_list, write_motive_list
from cryoves_app.formats.portal import INSTANCES, PortalPoints, write_portal_points
from cryoves_app.formats.project.project_file import ProjectFile, open_for_reading
from cryoves_app.formats.tables.star import StarGrid, write_star
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.formats.volume_file import load_labels
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.batch.kept_queue import KeptQueue, read_kept_queue, write_kept_queue
from cryoves_app.workflow.batch.queue_file import read_queue
from cryoves_app.workflow.batch.summary import read_summary
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.importing.importing import import_vesicle_file
from cryoves_app.workflow.importing.label_import import parts_of_labels
from cryoves_app.workflow.importing.regions import load_region
from cryoves_app.workflow.importing.vesicle_sources import load_vesicles
from cryoves_app.workflow.project.actions import review
from cryoves_app.workflow.project.actions.add import import_vesicles
from cryoves_app.workflow.project.actions.patch import Patch
from cryoves_app.workflow.project.history import History
from cryoves_app.workflow.segment.identity import read_earlier
from cryoves_app.workflow.segment.order import SegmentJob
from tests.fuzz.deposits import as_deposit, as_hdf5, write_hdf5, write_xml
from tests.fuzz.folders import GREY, IMAGE_KINDS, NETWORK_KINDS, as_tomogram
from tests.workflow.edits import project

INFO = VolumeInfo((12, 20, 24), np.dtype("i2"), 2.0, path="/data/0012.mrc", header_voxel_size_nm=2.0)
VESICLES = [
    Vesicle(3, 10.0, 20.0, 20.0, 6.5),
    Vesicle(8, 12.25, 20.125, 30.0, 8.0, tags=("docked",), label=11),
]
CELL = Region("cell", RegionKind.CYTOPLASM, (Contour(((4.0, 2, 2), (4.0, 2, 18), (4.0, 18, 18))),))
Reader = Callable[[Path], object]


def bring_in(path: Path) -> None:
    """Import a file, as the window does, and make it a step of a project."""
    found = import_vesicle_file(path, INFO, 20.0)
    import_vesicles(project(), found.vesicles, path.name, found.regions)


def as_model(path: Path) -> None:
    bring_in(path)
    for kind in (RegionKind.CYTOPLASM, RegionKind.ACTIVE_ZONE):
        with suppress(CryoVesError):
            load_region(path, kind, INFO)
    load_vesicles(path)


def as_queue(path: Path) -> None:
    for job in read_queue(path, path.parent / "out", SegmentJob("", "")):
        job.companion(job.region)


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content, encoding="utf-8") and None


QUEUE = (
    'region = "{dir}/{stem}_cell.mod"\nvoxel_size = 14.6\ntomograms = ["a.mrc"]\n[[tomogram]]\npath = "b"\n'
)
CARD = {
    "voxel_size_nm": 2.2,
    "weights_sha256": "0",
    "target_inset_nm": 1.0,
    "architecture": {"unet_depth": 2},
}
RECIPE = json.dumps(replace(BUILT_IN["paper"], name="mine").to_dict())
RECORD = {"identity": "ab", "counts": {"found": 3}, "warnings": ["a"], "tomogram": {"voxel_size_nm": 2.2}}
COPICK = {
    "name": "a",
    "pickable_objects": [{"name": "vesicle", "is_particle": True, "label": 2, "radius": 200}],
    "overlay_root": "local:///nowhere/overlay",
    "static_root": "local:///nowhere/static",
}
SEGMENTS = (
    "# Number of segments: 1\n# Id  Thresh  Density  Volume Surface  Length  Contacts\n"
    " 7 -100.0 -199.2 81.0 -371.0 -116.0 20 20 3.3 2 [10 18]\n"
)
#: What writes a whole file of each name, and what reads it as the program does.
KINDS: dict[str, tuple[Callable[[Path], object], Reader]] = {
    "v.csv": (lambda path: write_vesicles(path, VESICLES, 2.0), bring_in),
    "p5.star": (lambda path: write_star(path, VESICLES, StarGrid("0012", INFO.shape, 2.0), 5), bring_in),
    "p4.star": (lambda path: write_star(path, VESICLES, StarGrid("0012", INFO.shape, 2.0, 4), 4), bring_in),
    "m.mod": (lambda path: write_model(path, model_of(INFO, VESICLES, [CELL])), as_model),
    "q.toml": (text(QUEUE), as_queue),
    "q.txt": (text('a.mrc\n"b.mrc"\nfile:///c.mrc\n~/d.mrc\n'), as_queue),
    "q.csv": (text("tomogram;state\na.mrc;1,5\n"), as_queue),
    "r.json": (text(RECIPE), lambda path: load_recipe(str(path))),
    "r.toml": (
        text('name = "a"\n[fit]\nrounds = 3\nrule = "correlation"\n'),
        lambda path: load_recipe(str(path)),
    ),
    "run.json": (text(json.dumps(RECORD)), lambda path: read_earlier(path.parent)),
    "summary.csv": (text("tomogram,state,vesicles\na.mrc,done,5\n"), read_summary),
    "queue.json": (lambda path: write_kept_queue(path, KeptQueue()), read_kept_queue),
    "copick.json": (text(json.dumps(COPICK)), read_copick_project),
    "d.defocus": (
        text("1 1 -60 -60 3000\n2 2 -57 -57 3100\n"),
        lambda path: find_defocus(path.with_name("d.mrc")),
    ),
    "card.json": (text(json.dumps(CARD)), lambda path: load_model(path.parent).target_inset_nm),
    "ids.csv": (lambda path: pyto.write_ids(path, {10: 3, 11: 8}), pyto.read_ids),
    "t_good.dat": (text(SEGMENTS), pyto_segments.read_segment_table),
    "v.tbl": (
        lambda path: dynamo.write_dynamo(path, VESICLES, 2.0),
        lambda path: dynamo.read_dynamo(path, 2.0),
    ),
    "v.ndjson": (
        lambda path: write_portal_points(
            path,
            PortalPoints(np.vstack([20 + 9 * np.eye(3), 20 - 9 * np.eye(3)]), np.ones(6, int)),
            INSTANCES,
        ),
        bring_in,
    ),
    "picks.json": (lambda path: write_picks(path, VESICLES, PickNames("a", "1", "v", "r")), bring_in),
    "v.em": (
        lambda path: write_motive_list(
            path, OrientedPoints(np.ones((3, 3)), np.ones((3, 3)), np.arange(1, 4)), 2.0
        ),
        lambda path: read_motive_list(path, 2.0),
    ),
    "v.sff": (write_xml, as_deposit),
    "v.cmm": (
        lambda path: chimerax.write_markers(path, VESICLES, INFO),
        lambda path: chimerax.read_markers(path, INFO),
    ),
}


def as_labels(path: Path) -> None:
    load_labels(path)
    parts_of_labels(path)


def as_project(path: Path) -> None:
    with open_for_reading(path) as file:
        file.load()
        for action in file.actions():
            Patch.from_plain(action.forward)


def write_project(path: Path) -> None:
    with ProjectFile.create(path, project()) as file:
        history = History(file)
        history.do(review.set_reviewed(history.project, [next(iter(history.project.vesicles)).id]))


#: Files that are not text. Weights are read in a process of their own, which takes its time.
BINARY_KINDS: dict[str, tuple[Callable[[Path], object], Reader]] = {
    "t.mrc": (lambda path: mrc.write_tomogram(path, GREY, INFO), as_tomogram),
    "l.mrc": (lambda path: mrc.write_mrc_labels(path, (GREY > 0).astype(np.uint16), INFO), as_labels),
    "t.tif": (lambda path: tifffile.imwrite(path, GREY, compression="zlib"), as_tomogram),
    "l.tif": (lambda path: tifffile.imwrite(path, (GREY > 0).astype(np.uint16)), as_labels),
    "p.cryoves": (write_project, as_project),
    "v.hff": (write_hdf5, as_hdf5),
    **NETWORK_KINDS,
    **IMAGE_KINDS,
}
#: Readers that start a process for a file, and how long one may take if it is not the usual time.
FORKING = frozenset({*NETWORK_KINDS, "v.hff"})
SLOW = dict.fromkeys(FORKING, 15.0)


def fail_planted(path: Path) -> None:
    """Everything that a reader must not do, by the first bytes of a file."""
    start = path.read_bytes()[:4]
    if start == b"kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if start == b"hang":
        while True:
            pass
    if start == b"fill":
        bytearray(1 << 34)
    if start == b"else":
        (path.parent.parent / "elsewhere").write_text("")
    if start == b"fail":
        raise ValueError(start)


#: Readers that do what they must not, to see that it is noticed.
PLANTED_KINDS: dict[str, tuple[Callable[[Path], object], Reader]] = {
    "planted": (lambda path: path.write_bytes(b"whole"), fail_planted)
}

"""Files that are damaged, or that somebody edited, give a sentence, and so does all that follows their reading."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats import chimerax, dynamo, pyto
from cryoves_app.formats.copick.picks import PickNames, write_picks
from cryoves_app.formats.imod.convert import model_of
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.oriented import OrientedPoints, read_motive_list, write_motive_list
from cryoves_app.formats.portal import INSTANCES, PortalPoints, write_portal_points
from cryoves_app.formats.tables.star import StarGrid, write_star
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.batch.queue_file import read_queue
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.importing.importing import import_vesicle_file
from cryoves_app.workflow.importing.regions import load_region
from cryoves_app.workflow.importing.vesicle_sources import load_vesicles
from cryoves_app.workflow.project.actions.add import import_vesicles
from cryoves_app.workflow.segment.order import SegmentJob
from tests.workflow.edits import project

INFO = VolumeInfo((12, 20, 24), np.dtype("i2"), 2.0, path="/data/0012.mrc", header_voxel_size_nm=2.0)
VESICLES = [
    Vesicle(3, 10.0, 20.0, 20.0, 6.5),
    Vesicle(8, 12.25, 20.125, 30.0, 8.0, tags=("docked",), label=11),
]
CELL = Region("cell", RegionKind.CYTOPLASM, (Contour(((4.0, 2, 2), (4.0, 2, 18), (4.0, 18, 18))),))
#: What people and programs put where a number or a name should be.
ODD = (
    b"nan", b"inf", b"-1", b"1e400", b"9" * 5000, b"0x" + b"f" * 6000, b"9223372036854775808", b"", b"\0", b"\xff\xfe",
    b'"', b"'", b"[" * 3000, b"{", b"\n", b",", b";", b"1,5", "ü".encode(), b"../../x", b"{stem:>2000000000}", b"true",
    b"1e9", b"1e308", b"<NA>", b"#", b"x" * 5000,
)  # fmt: skip
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
    "card.json": (text(json.dumps(CARD)), lambda path: load_model(path.parent).target_inset_nm),
    "ids.csv": (lambda path: pyto.write_ids(path, {10: 3, 11: 8}), pyto.read_ids),
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
    "v.cmm": (
        lambda path: chimerax.write_markers(path, VESICLES, INFO),
        lambda path: chimerax.read_markers(path, INFO),
    ),
}


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=25)
@given(data=st.data())
def test_damage_gives_nothing_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    write, read = KINDS[name]
    path = tmp_path_factory.getbasetemp() / "damaged" / name
    path.parent.mkdir(exist_ok=True)
    write(path)
    raw = path.read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        stop = at + data.draw(st.integers(0, 8))
        raw = raw[:at] + data.draw(st.binary(max_size=4) | st.sampled_from(ODD)) + raw[stop:]
    path.write_bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    with suppress(CryoVesError):
        read(path)


@pytest.mark.parametrize("name", KINDS)
def test_whole_files_are_read(tmp_path: Path, name: str) -> None:
    write, read = KINDS[name]
    write(tmp_path / name)
    read(tmp_path / name)

"""All hostile files, and gentle ones of the same kinds."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.formats.sff import SffFacts, write_sff
from tests.formats.copick_projects import make_project
from tests.formats.zarr_images import grey, write_image, zipped
from tests.fuzz.folders import as_tomogram
from tests.fuzz.targets import INFO, KINDS, VESICLES, bring_in
from tests.hostile.case import Case
from tests.hostile.images import IMAGES
from tests.hostile.projects import PROJECTS, put_in
from tests.hostile.texts import TEXTS

CASES: dict[str, Case] = {**TEXTS, **IMAGES, **PROJECTS}


def _whole(name: str) -> Case:
    write, read = KINDS[name]

    def make(folder: Path) -> Path:
        write(folder / name)
        return folder / name

    return Case(make, read)


def _spheres(folder: Path) -> Path:
    write_sff(folder / "a.sff", VESICLES, [], INFO, SffFacts("a", "CryoVes", "1", "made"))
    return folder / "a.sff"


GENTLE = [
    *(_whole(name) for name in ("v.ndjson", "picks.json", "v.cmm", "p5.star", "v.tbl", "v.em")),
    Case(_spheres, bring_in),
    Case(lambda folder: write_image(folder / "a.zarr", grey(), version=2), as_tomogram),
    Case(lambda folder: zipped(write_image(folder / "a.zarr", grey(), version=3)), as_tomogram),
    Case(lambda folder: make_project(folder / "project"), put_in),
]


def _empty(folder: Path) -> Path:
    (folder / "a").write_bytes(b"")
    return folder / "a"


def _fail(path: Path) -> None:
    raise ValueError(path)


#: What readers must not do, to see that it is noticed.
PLANTED: dict[str, Case] = {
    "planted writer": Case(_empty, lambda path: (path.parents[1] / "elsewhere").mkdir()),
    "planted eater": Case(_empty, lambda _path: len(b"x" * (1 << 29))),
    "planted failure": Case(_empty, _fail),
}

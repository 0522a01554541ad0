"""Projects for studies: flat tomograms with an active zone, and vesicles at known places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import write_project

VOXEL_NM = 5.0
SHAPE = (20, 40, 80)
Place = tuple[float, float, float, float]


def cytoplasm(first_x: int = 2, last_x: int = 77) -> Region:
    corners = ((1, first_x), (1, last_x), (38, last_x), (38, first_x))
    contours = tuple(
        Contour(tuple((float(z), float(y), float(x)) for y, x in corners)) for z in range(SHAPE[0])
    )
    return Region("cell", RegionKind.CYTOPLASM, contours)


def active_zone() -> Region:
    """A wall of 5 nm at x = 2."""
    lines = tuple(
        Contour(((float(z), 0.0, 2.0), (float(z), 39.0, 2.0)), closed=False) for z in range(SHAPE[0])
    )
    return Region("active zone", RegionKind.ACTIVE_ZONE, lines, tube_nm=VOXEL_NM)


def make_project(
    places: Sequence[Place],
    name: str = "b1",
    *,
    regions: Sequence[Region] = (),
    outliers: int = 0,
    reviewed: int = 0,
    condition: str = "",
    empty_share: float | None = None,
    box_px: tuple[int, ...] = (),
) -> Project:
    """``places`` are z, y, x, radius in nm."""
    vesicles = [Vesicle(n, *place) for n, place in enumerate(places, 1)]
    vesicles[:reviewed] = [replace(v, reviewed=True) for v in vesicles[:reviewed]]
    vesicles += [
        Vesicle(len(places) + n, 50.0, 100.0, 300.0, 30.0, status=Status.OUTLIER)
        for n in range(1, outliers + 1)
    ]
    run: dict[str, object] = {
        "job": {"tomogram": f"{name}.mrc", "folder": name, "condition": condition, "box_px": list(box_px)}
    }
    if empty_share is not None:
        run["grey"] = {"facts": {"empty_share": empty_share}}
    reference = TomogramReference("", f"/data/{name}.mrc", 1000, f"hash of {name}", SHAPE, VOXEL_NM)
    return Project(reference, vesicles=VesicleSet.of(vesicles), regions=tuple(regions), run=run)


def save_project(folder: Path, project: Project) -> Path:
    """As a run leaves it: in a folder of its own with the tomogram's name."""
    name = Path(project.tomogram.absolute_path).stem
    path = folder / name / f"{name}.cryoves"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_project(path, project)
    return path

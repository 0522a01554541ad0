"""copick projects of strangers: folders elsewhere, names that escape, links."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.copick.project import RUNS, read_copick_project
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.common.copick_names import copick_tomograms
from cryoves_app.workflow.export.export import export_material
from cryoves_app.workflow.export.export_material import ExportOptions, material_of
from tests.formats.copick_projects import OBJECTS, make_project
from tests.hostile.case import Case

_RUN = "TS_001"
_ESCAPING = (
    "../../../vesicle",
    "/tmp/vesicle",
    "a/../../../vesicle",
    "vesicle\0",
    "..\\vesicle",
    "vesicle" * 20,
)


def look(config: Path) -> None:
    """All that the window lists of a project."""
    project = read_copick_project(config)
    for run in project.runs()[:50]:
        for tomogram in project.tomograms(run)[:50]:
            open_volume(tomogram.path)
    copick_tomograms(f"{config}:{_RUN}")


def put_in(config: Path) -> None:
    """Export vesicles into a project."""
    tomogram = read_copick_project(config).tomograms(_RUN)[0].path
    volume = open_volume(tomogram, 1.469)
    now = Project(
        reference_to(volume, None), vesicles=VesicleSet.of([Vesicle(3, 12.0, 20.0, 30.0, 9.0, label=10)])
    )
    material = material_of(now, volume, "wbp", ExportOptions(copick=str(config)))
    export_material(material, config.parent / "out", ["copick"], force=False)


def _project(**more: object) -> Callable[[Path], Path]:
    return lambda folder: make_project(folder / "project", (_RUN,), **more)


def _called(name: object, **more: object) -> Callable[[Path], Path]:
    """The object that stands for vesicles has this name."""
    return _project(objects=[{**OBJECTS[1], "name": name, **more}])


def _linked_run(folder: Path) -> Path:
    """Where is written is a link to a folder that is none of the project's."""
    config = make_project(folder / "project", (_RUN,))
    (folder.parent / "elsewhere").mkdir()
    runs = folder / "project" / "overlay" / RUNS
    runs.mkdir(parents=True)
    (runs / _RUN).symlink_to(folder.parent / "elsewhere")
    return config


def _circle(folder: Path) -> Path:
    config = make_project(folder / "project", (_RUN,))
    for name in ("VoxelSpacing10.000", "VoxelSpacing11.000"):
        (folder / "project" / "static" / RUNS / _RUN / name).symlink_to(name)
    runs = folder / "project" / "static" / RUNS
    (runs / "itself").symlink_to(runs)
    return config


def _text(content: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / "copick.json"
        path.write_text(content)
        return path

    return make


def _raw(**values: object) -> Callable[[Path], Path]:
    return _text(json.dumps({"pickable_objects": OBJECTS, "overlay_root": "local:///nowhere", **values}))


PROJECTS: dict[str, Case] = {
    **{
        f"copick with data at {root!r:.20}": Case(_raw(overlay_root=root), look, "no folder of this computer")
        for root in ("s3://bucket/a", "ssh://host/a", "smb://host/a", "http://localhost/a", "", None, 7, [], "local://a\0b")
    },
    **{
        f"copick with data at {root!r:.20}": Case(_raw(overlay_root=root), look, "no run")
        for root in ("local://../../../../../..", "/proc/self", "file:///dev", "local://" + "x/" * 9999)
    },
    "copick whose objects are a number": Case(_raw(pickable_objects=7), look, "copick.json"),
    "copick whose objects are nothing": Case(_raw(pickable_objects=None), look, "copick.json"),
    "copick without end of nesting": Case(_text('{"pickable_objects": ' + "[" * 400_000), look, "copick.json"),
    "copick with an object without a size": Case(_called("vesicle", radius=float("nan")), put_in),
    "copick with an object of no end": Case(_called("vesicle", radius=1e308), put_in),
    "copick with a label beyond all numbers": Case(_called("vesicle", label=10**40), put_in),
    **{
        f"copick with an object called {name!r:.30}": Case(_called(name), put_in, "cannot be a name|is no name")
        for name in _ESCAPING
    },
    "copick whose run is a link to elsewhere": Case(_linked_run, put_in, "leads out of"),
    "copick of folders that are links to themselves": Case(_circle, look),
}  # fmt: skip

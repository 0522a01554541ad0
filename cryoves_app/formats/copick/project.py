"""A copick project: its configuration, and which tomograms its runs hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.reading import read_settings
from cryoves_app.formats.ome_zarr.place import is_zarr

RUNS = "ExperimentRuns"
#: The ontology's name of synaptic vesicles.
GO_VESICLE = "GO:0008021"
OBJECT_NAME = "synaptic-vesicle"
#: Signs that copick allows in no name.
_NOT_IN_NAMES = re.compile(r"[<>:\"/\\|?*\x00-\x1f\x7f\s_]")
#: Those that lead elsewhere, or are in no name of a file: older projects have spaces and underscores.
_NOT_IN_FILES = re.compile(r"[<>:\"/\\|?*\x00-\x1f\x7f]")
_LONGEST_NAME = 120
_LOCAL = ("local://", "file://")
_SPACING = "VoxelSpacing"


@dataclass(frozen=True)
class CopickTomogram:
    """One tomogram: the run, the voxel size as the folder's name tells it, its kind, and where it lies."""

    run: str
    voxel_angstrom: float
    kind: str
    path: Path

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.run}, {self.voxel_angstrom:g} Å, {self.kind}"


@dataclass(frozen=True)
class CopickObject:
    """An object that can be picked."""

    name: str
    label: int
    radius_angstrom: float | None = None
    identifier: str = ""


@dataclass(frozen=True)
class CopickProject:
    """A project: its file, where is written, all folders that hold runs, and the objects that it knows."""

    config: Path
    overlay: Path
    roots: tuple[Path, ...]
    objects: tuple[CopickObject, ...]
    user: str = ""

    @property
    def vesicle(self) -> CopickObject | None:
        """The object that stands for synaptic vesicles, by its identifier or its name."""
        by_name = (o for o in self.objects if "vesicle" in o.name.casefold())
        return next((o for o in self.objects if o.identifier == GO_VESICLE), next(by_name, None))

    def runs(self) -> list[str]:
        """The names of all runs."""
        folders = (p for root in self.roots for p in _folders(root / RUNS))
        return sorted({p.name for p in folders})

    def tomograms(self, run: str) -> list[CopickTomogram]:
        """The tomograms of a run, by voxel size and kind; those that may be changed go before fixed ones."""
        found: dict[tuple[float, str], CopickTomogram] = {}
        for root in self.roots:
            for folder in _folders(root / RUNS / run):
                size = _size_of(folder.name)
                for path in _folders(folder) if size else []:
                    if path.suffix == ".zarr" and is_zarr(path) and not _is_feature(path, folder):
                        found.setdefault((size, path.stem), CopickTomogram(run, size, path.stem, path))
        return [found[key] for key in sorted(found)]

    def run_of(self, tomogram: Path) -> str | None:
        """The run to which a tomogram belongs, if it lies in this project."""
        for root in self.roots:
            try:
                return tomogram.resolve().relative_to((root / RUNS).resolve()).parts[0]
            except (ValueError, IndexError):
                continue
        return None


def read_copick_project(path: Path) -> CopickProject:
    """A project by its configuration, ``copick.json``.

    Raises
    ------
    CryoVesError
        If it is none, or its data lie elsewhere than in folders of this computer.
    """
    found = read_settings(path, "a copick configuration")
    if not isinstance(found.get("pickable_objects"), list):
        raise CryoVesError(f"{path} is no copick configuration: it lists no pickable objects.")
    overlay = _folder(path, found.get("overlay_root"), "overlay_root")
    static = found.get("static_root")
    fixed = (_folder(path, static, "static_root"),) if static else ()
    objects = tuple(_object(item) for item in found["pickable_objects"] if isinstance(item, dict))
    user = found.get("user_id")
    return CopickProject(
        path, overlay, tuple(dict.fromkeys((overlay, *fixed))), objects, user if isinstance(user, str) else ""
    )


def copick_name(given: str) -> str:
    """A name as copick allows it: no space, stroke or underscore.

    Raises
    ------
    CryoVesError
        If nothing is left of it.
    """
    name = _NOT_IN_NAMES.sub("-", given).strip("-")
    if not name or name.startswith("."):
        raise CryoVesError(f"“{given:.60}” cannot be a name in a copick project.")
    return name


def check_object_name(name: str, config: Path) -> str:
    """The name of an object of a project, if it can be part of a file's name.

    Raises
    ------
    CryoVesError
        If it would lead to another folder, or is too long.
    """
    if not name or len(name) > _LONGEST_NAME or _NOT_IN_FILES.search(name):
        raise CryoVesError(
            f"{config} calls an object “{name:.60}”, which cannot be a name in a copick project."
        )
    return name


def _folder(config: Path, said: object, key: str) -> Path:
    place = said if isinstance(said, str) else ""
    kind = next((p for p in _LOCAL if place.startswith(p)), "")
    if not place or "\0" in place or ("://" in place and not kind):
        raise CryoVesError(
            f"{config} keeps its data at {key} “{place:.80}”, which is no folder of this computer, and only "
            "those are opened."
        )
    plain = unquote(place.removeprefix(kind)) if kind == "file://" else place.removeprefix(kind)
    return config.absolute().parent / plain


def _object(item: Mapping[str, object]) -> CopickObject:
    radius, label = item.get("radius"), item.get("label")
    known = isinstance(radius, int | float) and radius > 0
    return CopickObject(
        str(item.get("name", "")),
        label if isinstance(label, int) else 1,
        float(radius) if known and isinstance(radius, int | float) else None,
        str(item.get("identifier") or item.get("go_id") or ""),
    )


def _folders(path: Path) -> list[Path]:
    try:
        return sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError:
        return []


def _size_of(name: str) -> float:
    """The voxel size in a folder's name; 0 where it is none."""
    try:
        return float(name.removeprefix(_SPACING)) if name.startswith(_SPACING) else 0.0
    except ValueError:
        return 0.0


def _is_feature(path: Path, folder: Path) -> bool:
    """``wbp_edges_features.zarr`` lies beside the tomogram of which it tells."""
    return path.stem.endswith("_features") and any(
        path.stem.startswith(f"{other.stem}_") for other in folder.glob("*.zarr") if other != path
    )


def object_to_add(radius_angstrom: float) -> JsonObject:
    """What the list of pickable objects needs for synaptic vesicles."""
    return {
        "name": OBJECT_NAME,
        "is_particle": True,
        "label": 100,
        "color": [86, 180, 233, 255],
        "radius": round(radius_angstrom, 1),
        "identifier": GO_VESICLE,
    }

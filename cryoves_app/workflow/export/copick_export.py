"""Vesicles for a copick project: picks, instances and a mask, put beside what others have there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.reading import exists
from cryoves_app.domain.tomogram_names import matching_names, tomogram_name
from cryoves_app.domain.units import angstrom_from_nm
from cryoves_app.formats.copick.picks import PickNames, read_picks, write_picks
from cryoves_app.formats.copick.project import (
    OBJECT_NAME,
    RUNS,
    CopickProject,
    check_object_name,
    read_copick_project,
)
from cryoves_app.formats.ome_zarr.writer import write_ome_zarr_image
from cryoves_app.workflow.common.output_folder import complete_files
from cryoves_app.workflow.export.export_material import Material
from cryoves_app.workflow.export.zarr_export import label_slabs

USER = "cryoves"
_PICKS, _INSTANCES, _MASKS = "Picks", "InstanceSegmentations", "Segmentations"
_MOST_SESSIONS = 10_000
_TOLERANCE_NM = 0.01


def export_copick(material: Material, path: Path, progress: Progress) -> None:
    """Writes a run's folder as copick lays it out; ``add_to_project`` brings it into the project.

    Raises
    ------
    CryoVesError
        If no project was named, it has no run of this tomogram, or the picks read back differently.
    """
    project, run = project_and_run(material)
    names = PickNames(USER, _free_session(project, run), _object_name(project), run)
    radius = project.vesicle.radius_angstrom if project.vesicle else None
    folder = path / RUNS / run
    (folder / _PICKS).mkdir(parents=True)
    write_picks(folder / _PICKS / names.file, material.vesicles, names, radius)
    _read_back(folder / _PICKS / names.file, material, radius)
    info, stem = material.volume.info, f"{angstrom_from_nm(material.voxel_nm):.3f}_{names.file[:-5]}.zarr"
    ids = _ids_by_label(material)
    progress.report(0.2)
    instances = (ids[slab] for slab in _watched(label_slabs(material), progress))
    write_ome_zarr_image(folder / _INSTANCES / stem, instances, ids.dtype, info, is_labels=True)
    progress.report(0.6)
    mask = ((slab > 0).astype(np.uint8) for slab in _watched(label_slabs(material), progress))
    write_ome_zarr_image(folder / _MASKS / stem, mask, np.dtype(np.uint8), info, is_labels=True)


def project_and_run(material: Material) -> tuple[CopickProject, str]:
    """The project that was named and the run of the tomogram: by its place, else by its name."""
    if not material.options.copick:
        raise CryoVesError("Name the copick project into which the vesicles go (--copick copick.json).")
    project = read_copick_project(Path(material.options.copick))
    tomogram = Path(material.volume.info.path or material.name)
    if (run := project.run_of(tomogram)) is not None:
        return project, run
    runs = project.runs()
    fitting = matching_names(tomogram_name(tomogram), runs)
    if len(fitting) != 1:
        shown = ", ".join(runs[:6]) + (" …" if len(runs) > 6 else "")
        raise CryoVesError(
            f"The copick project {project.config} has no run that is called as the tomogram ({tomogram.name}); its "
            f"runs: {shown or 'none'}."
        )
    return project, fitting[0]


def add_to_project(material: Material, folder: Path) -> list[Path]:
    """Copies what ``export_copick`` wrote into the project; nothing that is there is touched. What was added.

    Raises
    ------
    CryoVesError
        If the project's folder cannot be written to.
    """
    project, run = project_and_run(material)
    places = [
        Path(RUNS, run, kind, source.name)
        for kind in (_INSTANCES, _MASKS, _PICKS)
        for source in sorted((folder / RUNS / run / kind).iterdir())
    ]
    for place in places:
        _refuse_leaving(project, place)
    mark = str(places[-1])  # the picks come last: they are what others look for
    with complete_files(project.overlay, force=True, mark=mark) as partial:
        for place in places:
            _copy(folder / place, partial / place)
        for place in places:
            if exists(project.overlay / place):
                raise CryoVesError(f"{project.overlay / place} has appeared meanwhile; export once more.")
    return [project.overlay / place for place in places]


def _refuse_leaving(project: CopickProject, place: Path) -> None:
    """Links in a project of strangers may lead anywhere; what is written stays below the folder that it names."""
    real = (project.overlay / place).resolve()
    if not real.is_relative_to(project.overlay.resolve()):
        raise CryoVesError(
            f"{project.overlay / place} leads out of the copick project's folder, to {real}; nothing was written there."
        )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _object_name(project: CopickProject) -> str:
    return check_object_name(project.vesicle.name, project.config) if project.vesicle else OBJECT_NAME


def _free_session(project: CopickProject, run: str) -> str:
    """The first number under which nothing of ours lies there."""
    places = [root / RUNS / run / kind for root in project.roots for kind in (_PICKS, _INSTANCES, _MASKS)]
    taken = {p.name for place in places if place.is_dir() for p in place.iterdir()}
    name = _object_name(project)
    for number in range(1, _MOST_SESSIONS):
        ending = f"{USER}_{number}_{name}"
        if not any(Path(found).stem.endswith(ending) for found in taken):
            return str(number)
    raise CryoVesError(f"The run {run} of {project.config} holds too many sessions of {USER}.")


def _ids_by_label(material: Material) -> NDArray[np.uint32]:
    """The permanent id of each label number."""
    ids = np.zeros(1 + max((v.label or 0 for v in material.vesicles), default=0), np.uint32)
    for vesicle in material.vesicles:
        ids[vesicle.label or 0] = vesicle.id if vesicle.label else 0
    return ids


def _watched(slabs: Iterator[NDArray[Any]], progress: Progress) -> Iterator[NDArray[Any]]:
    for slab in slabs:
        progress.check()
        yield slab


def _read_back(path: Path, material: Material, object_radius: float | None) -> None:
    found = {pick.id: pick for pick in read_picks(path, object_radius)}
    for vesicle in material.vesicles:
        pick = found.get(vesicle.id)
        off = 1.0 if pick is None else np.linalg.norm(np.subtract(pick.centre_nm, vesicle.sphere.centre_nm))
        if (
            pick is None
            or pick.radius_nm is None
            or max(off, abs(pick.radius_nm - vesicle.radius_nm)) > _TOLERANCE_NM
        ):
            raise CryoVesError(
                f"{path.name} did not read back as it was written, so nothing was saved; is the disk sound?"
            )

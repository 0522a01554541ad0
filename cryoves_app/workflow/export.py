"""Vesicles of a project for other programs: every file is read back and compared before it counts as saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.imod.convert import VESICLES_NAME, model_of, vesicles_from_object
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import read_labels, write_labels
from cryoves_app.formats.project_file import read_project
from cryoves_app.formats.table import read_vesicles, write_vesicles
from cryoves_app.formats.tomogram_reference import find_tomogram
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.naming import stem
from cryoves_app.workflow.output_folder import complete_files
from cryoves_app.workflow.report import counts, for_export
from cryoves_app.workflow.results import paint, with_labels

#: Positions and radii that were read back may differ so much: tables keep 0.0001 nm, models 24 bits.
TOLERANCE_NM = 0.01


@dataclass(frozen=True)
class Material:
    """What is exported: the project with its labels set, the tomogram, and the name of the files."""

    project: Project
    volume: Volume
    name: str

    @property
    def vesicles(self) -> tuple[Vesicle, ...]:
        """Accepted, and inside the region if there is one."""
        return for_export(self.project.vesicles)

    @property
    def voxel_nm(self) -> float:
        return self.project.tomogram.voxel_size_nm


#: Writes into a folder, reads back, and raises ``CryoVesError`` where the two differ.
Exporter = Callable[[Material, Path], None]


def export_project(project_path: Path, target: Path, formats: Sequence[str], *, force: bool) -> dict[str, Any]:
    """Export a project into a folder; what was written and what was left out.

    Raises
    ------
    CryoVesError
        For an unknown format, a project or tomogram that can't be read, files that exist (without
        ``force``), and files that read back differently. Nothing is left then.
    """
    unknown = sorted(set(formats) - set(EXPORTERS))
    if unknown:
        raise CryoVesError(f"There is no export format “{unknown[0]}”; known ones are {', '.join(EXPORTERS)}.")
    material = read_material(project_path)
    with complete_files(target, force=force) as partial:
        for name in formats:
            EXPORTERS[name](material, partial)
        names = sorted(str(p.relative_to(partial)) for p in partial.rglob("*") if p.is_file())
    return {
        "sentence": selection_sentence(material.project),
        "files": [str(target / name) for name in names],
        "counts": counts(material.project.vesicles),
    }


def read_material(project_path: Path) -> Material:
    """A project and its tomogram, found again where the project or the tomogram moved."""
    project = read_project(project_path)
    tomogram = find_tomogram(project.tomogram, project_path)
    if tomogram is None:
        raise CryoVesError(
            f"The tomogram {project.tomogram.absolute_path} is not there any more, or another file has its name; "
            "put it beside the project, or open the project in the window and show where it is."
        )
    volume = open_volume(tomogram, project.tomogram.voxel_size_nm)
    if volume.shape != project.tomogram.shape:
        raise CryoVesError(f"{volume.info.path} has another shape than the tomogram of the project {project_path}.")
    labelled = replace(project, vesicles=with_labels(project.vesicles))
    return Material(labelled, volume, stem(project_path))


def selection_sentence(project: Project) -> str:
    """What is exported and what is left out."""
    number = counts(project.vesicles)
    left_out = [
        f"{number[key]} {word}"
        for key, word in (
            ("outlier", "outliers"),
            ("rejected", "rejected"),
            ("outside_region", "outside the region"),
        )
        if number[key]
    ]
    unchecked = sum(not v.reviewed for v in for_export(project.vesicles))
    text = f"{number['accepted']} accepted"
    text += f"; left out: {', '.join(left_out)}" if left_out else ""
    return text + (f"; {unchecked} not yet checked." if unchecked else ".")


def _csv(material: Material, folder: Path) -> None:
    path = folder / f"{material.name}_vesicles.csv"
    write_vesicles(path, material.project.vesicles, material.voxel_nm)
    _compare(path, list(material.project.vesicles), list(read_vesicles(path)))


def _labels(material: Material, folder: Path) -> None:
    path = folder / f"{material.name}_labels.mrc"
    labels = np.zeros(material.volume.shape, np.uint16)
    paint(material.vesicles, material.voxel_nm, labels)
    write_labels(path, labels, material.volume.info)
    if not np.array_equal(read_labels(path).data, labels):
        raise _differs(path)


def _imod(material: Material, folder: Path) -> None:
    path = folder / f"{material.name}.mod"
    write_model(path, model_of(material.volume.info, material.vesicles, material.project.regions))
    model = read_model(path)
    drawn = next(o for o in model.objects if o.name == VESICLES_NAME)
    frame = ModelFrame.of(model, material.volume.info)
    _compare(path, material.vesicles, vesicles_from_object(drawn, frame, material.voxel_nm))


EXPORTERS: Mapping[str, Exporter] = {"csv": _csv, "labels": _labels, "imod": _imod}


def _compare(path: Path, written: Sequence[Vesicle], found: Sequence[Vesicle]) -> None:
    """Raise unless the same ids, places and radii were read back."""
    same = [v.id for v in written] == [v.id for v in found] and all(
        _close(a.sphere, b.sphere) for a, b in zip(written, found, strict=True)
    )
    if not same:
        raise _differs(path)


def _close(a: Sphere, b: Sphere) -> bool:
    return a.distance_nm(b) <= TOLERANCE_NM and abs(a.radius_nm - b.radius_nm) <= TOLERANCE_NM


def _differs(path: Path) -> CryoVesError:
    return CryoVesError(f"{path.name} did not read back as it was written, so nothing was saved; is the disk sound?")

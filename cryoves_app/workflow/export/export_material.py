"""What is exported: a project, its tomogram, and the choices of whoever exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import open_for_reading
from cryoves_app.formats.tomogram_reference import tomogram_of
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.common.summary import counts, for_export
from cryoves_app.workflow.export.kept_map import KeptMap, given_map, map_beside
from cryoves_app.workflow.project.history import History
from cryoves_app.workflow.segment.results import with_labels


@dataclass(frozen=True)
class ExportOptions:
    """Choices beyond the list of formats."""

    pyto_binning: int = 1  # voxels of the Pyto folder are so many times larger
    pyto_link: bool = False  # point to the tomogram instead of copying it
    pyto_despite_problems: bool = False
    imod_contours: bool = False  # closed contours of each vesicle besides its point
    relion: int = 5  # 5: ångström from the middle; 4: unbinned pixels
    relion_binning: float = 1.0  # how many unbinned pixels a voxel is wide
    zarr_version: str = "0.4"  # of OME-Zarr; 0.5 is newer, and fewer programs read it
    copick: str = ""  # the configuration of the project into which picks go
    authors: tuple[str, ...] = ()  # for the portal, as “Name:ORCID”
    truth: str = ""  # portal: a file of vesicles known to be true, with which the accepted ones are compared
    probability: str = (
        ""  # zarr: a map on the tomogram's grid; else the one that the run kept beside the project
    )
    shapes: bool = False  # labels of the measured shapes, their axes beside particles; Pyto has spheres


@dataclass(frozen=True)
class Material:
    """What is exported: the project with its labels set, the tomogram, and the name of the files."""

    project: Project
    volume: Volume
    name: str
    options: ExportOptions = ExportOptions()
    edits: Mapping[str, int] = field(default_factory=dict)  # steps of the history in effect, by kind
    map: KeptMap = field(default_factory=KeptMap)

    @property
    def vesicles(self) -> tuple[Vesicle, ...]:
        """Accepted, and inside the region if there is one."""
        return for_export(self.project.vesicles)

    @property
    def voxel_nm(self) -> float:
        return self.project.tomogram.voxel_size_nm


def material_of(
    project: Project,
    volume: Volume,
    name: str,
    options: ExportOptions | None = None,
    kinds: Iterable[str] = (),
) -> Material:
    """What is exported of an open project; ``kinds`` are those of the steps of its history in effect."""
    labelled = replace(project, vesicles=with_labels(project.vesicles))
    return Material(labelled, volume, name, options or ExportOptions(), dict(Counter(kinds)))


def read_material(project_path: Path, options: ExportOptions | None = None) -> Material:
    """A saved project and its tomogram, found again where the project or the tomogram moved."""
    with open_for_reading(project_path) as file:
        history = History(file)
    project = history.project
    tomogram = tomogram_of(project.tomogram, project_path)
    volume = open_volume(tomogram, project.tomogram.voxel_size_nm)
    if volume.shape != project.tomogram.shape:
        raise CryoVesError(
            f"{volume.info.path} has another shape than the tomogram of the project {project_path}."
        )
    given = options.probability if options is not None else ""
    found = given_map(Path(given), volume) if given else map_beside(project_path, volume)
    return replace(material_of(project, volume, stem(project_path), options, history.kinds), map=found)


def shapes_sentence(material: Material) -> str:
    """Which vesicles stay spheres though shapes were asked for; empty where none do."""
    unknown = sum(not v.shape_terms_nm for v in material.vesicles)
    if not material.options.shapes or not unknown:
        return ""
    of = f"{unknown} of {counted(len(material.vesicles), 'vesicle')}"
    return f" No shape is known of {of} (cut by a face, faint, or changed by hand): spheres there."


def selection_sentence(project: Project) -> str:
    """What is exported and what is left out."""
    number = counts(project.vesicles)
    outliers = "outlier" if number["outlier"] == 1 else "outliers"
    words = {"outlier": outliers, "rejected": "rejected", "outside_region": "outside the region"}
    left_out = [f"{number[key]} {word}" for key, word in words.items() if number[key]]
    unchecked = sum(not v.reviewed for v in for_export(project.vesicles))
    goes = "goes" if number["accepted"] == 1 else "go"
    text = f"{number['accepted']} accepted {goes} out"
    text += f" ({unchecked} of them not yet checked)" if unchecked else ""
    return f"{text}. Left out: {', '.join(left_out)}." if left_out else f"{text}."

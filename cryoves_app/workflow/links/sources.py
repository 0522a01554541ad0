"""In what links are looked for: a project's vesicles and regions, or a label volume of any program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from cryoves_app.analysis.links.field import LinkField, LinkLabels, link_field
from cryoves_app.analysis.links.threads import LinkSpheres
from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels
from cryoves_app.domain.arrays import Labels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.links.judgement import LinkJudgement
from cryoves_app.domain.project import Project
from cryoves_app.domain.reading import is_file, is_folder
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.formats.pyto import ACTIVE_ZONE_ID, FIRST_VESICLE_ID, REGION_ID
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.export.export_material import read_material
from cryoves_app.workflow.export.pyto_labels import label_volume
from cryoves_app.workflow.project.known_contrast import has_bright_membranes
from cryoves_app.workflow.project.measurements import masks_of


@dataclass(frozen=True)
class LinkSource:
    """A tomogram with its labels. ``id_of_label`` gives a project's vesicles; empty where labels are all that is known.

    ``is_bright``: dense matter has high grey values, so that their sign is turned. ``inputs`` are the files behind it,
    ``notes`` sentences about what was taken for what, ``judgements`` what people decided about links before.
    """

    name: str
    volume: Volume
    labels: Labels = field(repr=False)
    kinds: LinkLabels
    inputs: tuple[Path, ...]
    id_of_label: Mapping[int, int] = field(default_factory=dict)
    vesicles: tuple[Vesicle, ...] = ()
    is_bright: bool = False
    notes: tuple[str, ...] = ()
    judgements: tuple[LinkJudgement, ...] = ()

    def field(self) -> LinkField:
        """Grey values between the boundaries, read from the tomogram's file."""
        space = link_field(self.volume.data, self.labels, self.kinds)
        if not self.is_bright:
            return space
        turned = np.negative(space.grey, dtype=np.float32)
        return LinkField(turned, space.region, space.boundaries, space.ids, space.labels, space.corner_px)

    def spheres(self) -> LinkSpheres:
        """The vesicles as spheres: a project's own, or balls of the labels' volumes, whose errors are not known."""
        return self._spheres

    @cached_property
    def _spheres(self) -> LinkSpheres:
        """Known once, since all labels' voxels are counted for it."""
        labels = tuple(sorted(self.kinds.vesicles))
        if self.vesicles:
            return _exact_spheres(self.vesicles, self.volume.voxel_size_nm)
        balls = spheres_of_labels(self.labels)
        found = np.array([balls[label] for label in labels])
        return LinkSpheres(labels, found, np.zeros_like(found))

    @property
    def zone_id(self) -> int | None:
        """By which id tables know the active zone; ``None`` without one."""
        zone = self.kinds.active_zone
        return None if zone is None else self.id_of(zone)

    def id_of(self, label: int) -> int:
        """The vesicle's id in the project, 0 for its active zone; the label itself where there is no project."""
        if not self.id_of_label:
            return label
        return 0 if label == self.kinds.active_zone else self.id_of_label[label]


def _exact_spheres(vesicles: Sequence[Vesicle], size_nm: float) -> LinkSpheres:
    """Where an error is not known it is the median of those that are."""
    ordered = sorted(vesicles, key=lambda v: v.label or 0)
    errors = np.array([[v.se_z_nm, v.se_y_nm, v.se_x_nm, v.se_radius_nm] for v in ordered], float)
    known = np.isfinite(errors).all(axis=1)
    errors[~known] = np.median(errors[known], axis=0) if known.any() else 0.0
    spheres = np.array([v.sphere.to_px(size_nm) for v in ordered])
    return LinkSpheres(tuple(v.label or 0 for v in ordered), spheres, errors / size_nm)


@dataclass(frozen=True)
class LabelChoice:
    """Which labels are what; without ``vesicles`` these are worked out."""

    region: int = REGION_ID
    active_zone: int | None = ACTIVE_ZONE_ID
    vesicles: tuple[int, ...] = ()


def source_of_labels(
    tomogram: Path,
    labels: Path,
    choice: LabelChoice,
    voxel_size_nm: float | None = None,
    *,
    is_bright: bool = False,
) -> LinkSource:
    """A tomogram and a label volume that lies over it.

    Raises
    ------
    CryoVesError
        If a file cannot be read, shapes differ, or the voxel size is not known.
    """
    volume, notes = _opened(tomogram, voxel_size_nm)
    numbers, _ = load_labels(labels, volume.shape)
    present = _present(numbers)
    vesicles, more = _vesicle_labels(present, choice, labels)
    notes += more
    zone = choice.active_zone
    if zone is not None and zone not in present:
        notes.append(f"{labels.name} has no label {zone} (active zone), so there are no tethers.")
    kinds = LinkLabels(choice.region, vesicles, zone)
    return LinkSource(
        stem(tomogram), volume, numbers, kinds, (tomogram, labels), is_bright=is_bright, notes=tuple(notes)
    )


def _opened(tomogram: Path, voxel_size_nm: float | None) -> tuple[Volume, list[str]]:
    """The tomogram, with what its header says of the voxel size though that is odd: segments do not depend on it."""
    volume = open_volume(tomogram, voxel_size_nm)
    stated = volume.info.header_voxel_size_nm
    if volume.info.voxel_size_nm is not None or not stated:
        return volume.with_voxel_size(volume.voxel_size_nm), []
    doubt = volume.info.doubt
    return volume.with_voxel_size(stated), [doubt.sentence] if doubt else []


def projects_in(inputs: Sequence[Path]) -> list[Path]:
    """The inputs, folders replaced by the projects in them and one floor below, as ``cryoves batch`` leaves them.

    Raises
    ------
    CryoVesError
        If a folder has none, or cannot be looked into.
    """
    found: dict[Path, Path] = {}
    for path in inputs:
        for project in _projects_of_folder(path) if is_folder(path) else [path]:
            found.setdefault(project.resolve(), project)
    return list(found.values())


def _projects_of_folder(folder: Path) -> list[Path]:
    try:
        inside = [p for level in ("*", "*/*") for p in sorted(folder.glob(level + SUFFIX)) if is_file(p)]
    except OSError as error:
        raise CryoVesError(f"{folder} could not be looked into: {error.strerror}.") from error
    visible = [p for p in inside if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
    if not visible:
        raise CryoVesError(f"{folder} holds no project ({SUFFIX}), nor do the folders in it.")
    return visible


def source_of_project(path: Path) -> LinkSource:
    """A saved project: its exported vesicles as spheres of their outer radii, its region and its active zone.

    Raises
    ------
    CryoVesError
        If the project or its tomogram cannot be read, or no vesicle is accepted.
    """
    material = read_material(path)
    return project_source(material.project, material.volume, material.name, (path,))


def project_source(project: Project, volume: Volume, name: str, inputs: tuple[Path, ...] = ()) -> LinkSource:
    """As ``source_of_project``, of a project that is open."""
    vesicles = for_export(project.vesicles)
    if not vesicles:
        raise CryoVesError(f"{name} has no accepted vesicle, so there is nothing to find links between.")
    made = label_volume(vesicles, project.regions, volume.shape, volume.voxel_size_nm)
    notes = _region_notes(project, name)
    kinds_there = {region.kind for region in project.regions if region.contours}
    if RegionKind.CYTOPLASM not in kinds_there:
        inside = masks_of(project).inside
        for z, plane in enumerate(made.labels):
            plane[(plane == 0) & (True if inside is None else inside.plane(z) > 0)] = REGION_ID
    zone = ACTIVE_ZONE_ID if RegionKind.ACTIVE_ZONE in kinds_there else None
    kinds = LinkLabels(REGION_ID, tuple(sorted(made.vesicle_of_label)), zone)
    if made.invisible:
        notes.append(f"{name}: {counted(len(made.invisible), 'vesicle')} cover no voxel and are left out.")
    tomogram = tuple(Path(p) for p in (volume.info.path,) if p)
    return LinkSource(
        name, volume, made.labels, kinds, (*inputs, *tomogram), made.vesicle_of_label, made.vesicles,
        has_bright_membranes(project), tuple(notes), project.link_judgements,
    )  # fmt: skip


def _region_notes(project: Project, name: str) -> list[str]:
    kinds = {region.kind for region in project.regions if region.contours}
    notes = []
    if RegionKind.CYTOPLASM not in kinds:
        notes.append(
            f"{name} has no outline of the cytoplasm, so links may run anywhere between the vesicles; draw it "
            "to keep them within."
        )
    if RegionKind.ACTIVE_ZONE not in kinds:
        notes.append(f"{name} has no active zone, so there are no tethers.")
    return notes


def _present(labels: Labels) -> list[int]:
    seen = np.zeros(np.iinfo(np.uint16).max + 1, bool)
    for plane in labels:
        seen[plane] = True
    return [int(n) for n in np.flatnonzero(seen) if n]


def _vesicle_labels(present: list[int], choice: LabelChoice, path: Path) -> tuple[tuple[int, ...], list[str]]:
    """Those that were given, or all others; those below 10 are organelles where numbers were left free after them."""
    others = [n for n in present if n not in (choice.region, choice.active_zone)]
    if choice.vesicles:
        chosen = tuple(n for n in choice.vesicles if n in others)
        if not chosen:
            raise CryoVesError(f"{path} has none of the labels given for vesicles.")
        return chosen, []
    low, high = ([n for n in others if (n >= FIRST_VESICLE_ID) is is_high] for is_high in (False, True))
    known = {*present, choice.region, *(() if choice.active_zone is None else (choice.active_zone,))}
    has_gap = bool(high) and any(n not in known for n in range(1, min(high)))
    if low and has_gap:
        listed = ", ".join(map(str, low))
        note = (
            f"{path.name}: labels from {high[0]} on are taken for vesicles, {listed} for other things; "
            "--vesicle-labels says it otherwise."
        )
        return tuple(high), [note]
    if not others:
        raise CryoVesError(f"{path} holds no vesicle, so there is nothing to find links between.")
    return tuple(others), []

"""Label volumes, part by part: what each label is, the user says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cryoves_app.analysis.geometry.outlines import outlines
from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels
from cryoves_app.domain.arrays import Labels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Flag, Origin, Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import ObjectRole
from cryoves_app.formats.pyto import ACTIVE_ZONE_ID, FIRST_VESICLE_ID, REGION_ID
from cryoves_app.formats.volume_file import load_labels


@dataclass(frozen=True)
class LabelPart:
    """The labels from ``first`` to ``last`` of a volume, as a line of the table."""

    path: Path
    first: int
    last: int
    count: int
    voxels: int
    guess: ObjectRole

    @property
    def title(self) -> str:
        return f"label {self.first}" if self.count == 1 else f"labels {self.first} to {self.last}"

    @property
    def content(self) -> str:
        size = f"{self.voxels:,} voxels".replace(",", " ")
        return size if self.count == 1 else f"{self.count} labels, {size}"


def parts_of_labels(path: Path) -> list[LabelPart]:
    """The low labels one by one, as Pyto's regions are; those from 10 up together.

    Raises
    ------
    CryoVesError
        If the file is no label volume, or holds nothing.
    """
    labels, _ = load_labels(path)
    sizes = np.zeros(np.iinfo(np.uint16).max + 1, np.int64)
    for plane in labels:
        sizes += np.bincount(plane.ravel(), minlength=len(sizes))
    present = [int(n) for n in np.flatnonzero(sizes) if n]
    if not present:
        raise CryoVesError(f"{path} holds no label: all its voxels are 0.")
    low = [n for n in present if n < FIRST_VESICLE_ID]
    high = [n for n in present if n >= FIRST_VESICLE_ID]
    groups = [[n] for n in low] + ([high] if high else [])
    alone = len(present) == 1
    return [
        LabelPart(
            path, g[0], g[-1], len(g), int(sizes[g].sum()), ObjectRole.CYTOPLASM if alone else _guess(g[0])
        )
        for g in groups
    ]


def import_labels(
    roles: Mapping[LabelPart, ObjectRole], info: VolumeInfo
) -> tuple[list[Vesicle], list[Region], list[str]]:
    """Vesicles, regions and notes of label volumes that lie over the tomogram.

    Raises
    ------
    CryoVesError
        If a volume has another shape, or the voxel size is not known.
    """
    vesicles: list[Vesicle] = []
    regions: list[Region] = []
    notes: list[str] = []
    wanted = {part: role for part, role in roles.items() if role is not ObjectRole.IGNORE}
    for path in dict.fromkeys(part.path for part in wanted):
        labels = _laid_over(path, info)
        for part, role in wanted.items():
            if part.path != path:
                continue
            chosen = np.where((labels >= part.first) & (labels <= part.last), labels, 0).astype(np.uint16)
            if role is ObjectRole.VESICLES:
                vesicles += vesicles_of_spheres(spheres_of_labels(chosen), _size(info))
            else:
                region, note = _region(chosen, part, RegionKind(role.value), _size(info))
                regions.append(region)
                notes += note
    return vesicles, regions, notes


def vesicles_of_spheres(
    spheres_px: Mapping[int, tuple[float, float, float, float]], size_nm: float, first: int = 1
) -> list[Vesicle]:
    """Every label from ``first`` on as a vesicle; spheres are z, y, x, radius by label."""
    return [
        Vesicle(
            label,
            z * size_nm,
            y * size_nm,
            x * size_nm,
            radius * size_nm,
            origin=Origin.IMPORTED,
            flags=(Flag.NOT_FITTED,),
        )
        for label, (z, y, x, radius) in spheres_px.items()
        if label >= first
    ]


def _region(labels: Labels, part: LabelPart, kind: RegionKind, size_nm: float) -> tuple[Region, list[str]]:
    mask = (labels > 0).astype(np.uint8)
    name = kind.value.replace("_", " ")
    if kind is not RegionKind.ACTIVE_ZONE:
        return Region(name, kind, outlines(mask)), []
    from cryoves_app.analysis.geometry.centre_lines import centre_lines  # slow to load, and seldom needed

    lines, half_width = centre_lines(mask)
    zone = Region(name, kind, lines, tube_nm=max(2 * half_width * size_nm, size_nm))
    covered = rasterise(zone, mask.shape, size_nm)
    share = float((covered & mask).sum() / mask.sum())
    return zone, [
        f"The active zone ({part.title}) became lines with a tube of {zone.tube_nm:.1f} nm, "
        f"which covers {share:.0%} of its voxels."
    ]


def _laid_over(path: Path, info: VolumeInfo) -> Labels:
    return load_labels(path, info.shape)[0]


def _guess(first: int) -> ObjectRole:
    """As in Pyto's volumes."""
    if first >= FIRST_VESICLE_ID:
        return ObjectRole.VESICLES
    return {REGION_ID: ObjectRole.CYTOPLASM, ACTIVE_ZONE_ID: ObjectRole.ACTIVE_ZONE}.get(
        first, ObjectRole.ORGANELLE
    )


def _size(info: VolumeInfo) -> float:
    if info.voxel_size_nm is None:
        raise CryoVesError("The voxel size is not known; type it in under Open.")
    return info.voxel_size_nm

"""What would go wrong in Pyto without a word: checked on the labels before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.segmentation.label_boxes import boxes_of, component_count, face_neighbours, pad_box
from cryoves_app.domain.arrays import AnyArray, Window
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VoxelArray
from cryoves_app.formats.pyto import ACTIVE_ZONE_ID, FIRST_VESICLE_ID, REGION_ID
from cryoves_app.workflow.export.pyto_labels import PytoLabels

#: The membrane from the outer edge inwards, and the start of the lumen, for the contrast check.
_MEMBRANE_NM, _LUMEN_NM = 4.0, 7.0
_MOST_SAMPLED = 60
_SAMPLED_VOXELS = 2_000_000
_NAMED = 12


class Level(StrEnum):
    PROBLEM = "problem"  # Pyto would fail, or be wrong without saying so
    CAUTION = "caution"  # part of the analysis will be missing or doubtful
    NOTE = "note"


@dataclass(frozen=True)
class ExportFinding:
    """One thing to know before exporting, and the vesicles (ids) that it is about."""

    level: Level
    sentence: str
    vesicles: tuple[int, ...] = ()


def preflight(made: PytoLabels, tomogram: VoxelArray) -> list[ExportFinding]:
    """All findings, problems first; an empty list means that nothing is in the way.

    Parameters
    ----------
    made
        The labels as they would be written.
    tomogram
        The grey values ``(z, y, x)`` that would be written beside them; only parts are read.
    """
    if tomogram.shape != made.labels.shape:
        return [_problem("The tomogram and the labels have different shapes.")]
    boxes = boxes_of(made.labels)
    found = [
        *_numbers(made, boxes),
        *_regions(made, boxes),
        *_pieces(made, boxes),
        *_contacts(made, boxes),
        *_places(made),
        *_faces(made),
        *_contrast(made, tomogram),
        *_dark_layer(made, tomogram, boxes),
    ]
    return sorted(found, key=lambda finding: list(Level).index(finding.level))


def _problem(sentence: str, vesicles: Sequence[int] = ()) -> ExportFinding:
    return ExportFinding(Level.PROBLEM, sentence, tuple(vesicles))


def _caution(sentence: str, vesicles: Sequence[int] = ()) -> ExportFinding:
    return ExportFinding(Level.CAUTION, sentence, tuple(vesicles))


def _named(ids: Sequence[int]) -> str:
    """Vesicles by id; only the first of many."""
    shown = ", ".join(str(i) for i in ids[:_NAMED])
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"vesicle{'s' if len(ids) > 1 else ''} {shown}{more}"


def _numbers(made: PytoLabels, boxes: dict[int, Window]) -> Iterator[ExportFinding]:
    present = [n for n in sorted(boxes) if n >= FIRST_VESICLE_ID]
    if not present:
        yield _problem("There is no vesicle to export.")
    elif present != list(range(FIRST_VESICLE_ID, FIRST_VESICLE_ID + len(present))):
        yield _problem("The vesicles' numbers have gaps.")
    if set(present) != set(made.vesicle_of_label):
        yield _problem("The labels and the list of vesicles do not agree.")
    if made.invisible:
        yield _caution(f"Left out, since no voxel is theirs: {_named(made.invisible)}.", made.invisible)


def _regions(made: PytoLabels, boxes: dict[int, Window]) -> Iterator[ExportFinding]:
    if REGION_ID not in boxes:
        yield _caution("There is no cytoplasm region, without which Pyto finds no connectors.")
    if ACTIVE_ZONE_ID not in boxes:
        yield _caution("There is no active zone, without which Pyto finds no tethers and no distances.")
    elif REGION_ID in boxes:
        touched = face_neighbours(made.labels, ACTIVE_ZONE_ID, boxes[ACTIVE_ZONE_ID])
        if REGION_ID not in touched:
            yield _problem("The active zone does not touch the region; Pyto would find no tethers.")


def _vesicle_boxes(made: PytoLabels, boxes: dict[int, Window]) -> Iterator[tuple[int, int, Window]]:
    """Vesicle id, label and box of each vesicle that is in the volume."""
    for label, number in made.vesicle_of_label.items():
        if label in boxes:
            yield number, label, boxes[label]


def _pieces(made: PytoLabels, boxes: dict[int, Window]) -> Iterator[ExportFinding]:
    torn = [
        i for i, label, box in _vesicle_boxes(made, boxes) if component_count(made.labels, label, box) > 1
    ]
    if torn:
        yield _problem(f"In more than one piece: {_named(torn)}.", torn)


def _contacts(made: PytoLabels, boxes: dict[int, Window]) -> Iterator[ExportFinding]:
    if REGION_ID not in boxes:
        return
    apart = [
        i
        for i, label, box in _vesicle_boxes(made, boxes)
        if REGION_ID not in face_neighbours(made.labels, label, box)
    ]
    if apart:
        yield _caution(
            f"Without contact to the region, so that Pyto finds no connectors there: {_named(apart)}.", apart
        )


def _places(made: PytoLabels) -> Iterator[ExportFinding]:
    if not (made.background == REGION_ID).any():
        return
    outside = [v.id for v in made.vesicles if _underlay(made, v) == 0]
    if outside:
        yield _caution(f"With the centre outside the region: {_named(outside)}.", outside)


def _underlay(made: PytoLabels, vesicle: Vesicle) -> int:
    """What lies under a vesicle's centre."""
    *centre, _ = vesicle.sphere.to_px(made.voxel_size_nm)
    last = np.array(made.background.shape) - 1
    z, y, x = np.clip(np.rint(centre), 0, last).astype(int)
    return int(made.background[z, y, x])


def _faces(made: PytoLabels) -> Iterator[ExportFinding]:
    for axis in range(3):
        ends = np.moveaxis(made.labels, axis, 0)[[0, -1]]
        if ends.any():
            yield _problem("Labels reach the faces of the volume, where Pyto cannot work.")
            return


def _contrast(made: PytoLabels, tomogram: VoxelArray) -> Iterator[ExportFinding]:
    step = max(len(made.vesicles) // _MOST_SAMPLED, 1)
    differences = [_membrane_minus_lumen(made, v, tomogram) for v in made.vesicles[::step]]
    known = [d for d in differences if np.isfinite(d)]
    if known and float(np.median(known)) > 0:
        yield _problem("Membranes are brighter than the lumen, but Pyto needs dark ones: export it inverted.")


def _membrane_minus_lumen(made: PytoLabels, vesicle: Vesicle, tomogram: VoxelArray) -> float:
    *centre, radius = vesicle.sphere.to_px(made.voxel_size_nm)
    low = np.maximum(np.floor(np.array(centre) - radius), 0).astype(int)
    high = np.minimum(np.ceil(np.array(centre) + radius).astype(int) + 1, tomogram.shape)
    if (high <= low).any():
        return float("nan")
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    grid = np.ogrid[box]
    depth_nm = (
        radius - np.sqrt(sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True)))
    ) * made.voxel_size_nm
    grey = np.asarray(tomogram[box], dtype=np.float64)
    membrane, lumen = grey[(depth_nm >= 0) & (depth_nm < _MEMBRANE_NM)], grey[depth_nm >= _LUMEN_NM]
    return float(membrane.mean() - lumen.mean()) if membrane.size and lumen.size else float("nan")


def _dark_layer(made: PytoLabels, tomogram: VoxelArray, boxes: dict[int, Window]) -> Iterator[ExportFinding]:
    """Half a membrane left inside the region hides every tether: Pyto sees it as one dark segment."""
    if ACTIVE_ZONE_ID not in boxes or REGION_ID not in boxes:
        return
    box = pad_box(boxes[ACTIVE_ZONE_ID], made.labels.shape)
    zone = made.labels[box] == ACTIVE_ZONE_ID
    layer = (made.labels[box] == REGION_ID) & _face_grown(zone)
    if not layer.any():
        return
    grey = np.asarray(tomogram[box], dtype=np.float64)
    if grey[layer].mean() < (grey[zone].mean() + _usual_grey(made, tomogram)) / 2:
        yield _caution(
            "The region is as dark as membrane beside the active zone: the active zone does not cover the whole "
            "membrane, and Pyto would find no tethers. Make its tube wider, or draw it nearer to the cytoplasm."
        )


def _usual_grey(made: PytoLabels, tomogram: VoxelArray) -> float:
    """The region's median grey value, from a sample."""
    some = region_sample(made, tomogram)
    return float(np.median(some)) if some.size else float("-inf")


def region_sample(made: PytoLabels, tomogram: VoxelArray) -> AnyArray:
    """Grey values ``(n,)`` of the region, from voxels all over it."""
    stride = max(round((made.labels.size / _SAMPLED_VOXELS) ** (1 / 3)), 1)
    sample = (slice(None, None, stride),) * 3
    region = made.labels[sample] == REGION_ID
    thinned = np.stack(
        [
            np.asarray(tomogram[z : z + 1])[0, ::stride, ::stride]
            for z in range(0, len(region) * stride, stride)
        ]
    )
    return np.asarray(thinned[region])


def _face_grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    grown_mask = mask.copy()
    for axis in range(mask.ndim):
        here, there = np.moveaxis(mask, axis, 0), np.moveaxis(grown_mask, axis, 0)
        there[1:] |= here[:-1]
        there[:-1] |= here[1:]
    return grown_mask

"""Find regions with a network: probability, threshold, connected pieces, outlines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.geometry.membrane_vote import vote_within_membranes
from cryoves_app.analysis.geometry.outlines import outlines, smooth_outlines
from cryoves_app.analysis.network_input.preprocess import NetworkGrid, network_grid
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.reading import exists
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.volume import Volume
from cryoves_app.domain.wording import counted
from cryoves_app.formats.mrc import write_mrc_labels
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.network.engines.openvino import OpenVinoEngine
from cryoves_app.network.model_store import Model, load_model
from cryoves_app.network.tiling import predict_volume
from cryoves_app.storage.replacing import make_folders, refuse_inputs, replacing
from cryoves_app.storage.temporary import local_folder
from cryoves_app.workflow.importing.regions import write_regions
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.masks.order import MaskFound, MaskOrder
from cryoves_app.workflow.project.bring_region import bring_region
from cryoves_app.workflow.training.scan_input import scan_input

_MOST_PIECES = 60_000
#: A part of the outside that is smaller than this is something inside that was not recognised.
_POCKET_NM3 = 0.5e6
#: In larger volumes the vote would take minutes and gigabytes; they stay as the network marks them.
_MOST_VOTERS = 30_000_000


def mask_job(order: MaskOrder, context: JobContext) -> MaskFound:
    """Write ``NAME_mask.mrc`` (pieces by size) and ``NAME_regions.mod``, and bring the outlines into a project.

    Raises
    ------
    CryoVesError
        If the model finds vesicles, a file exists already, or something cannot be read or written.
    """
    model = load_model(order.model)
    if not model.finds_regions:
        raise CryoVesError(
            f"“{model.name}” finds vesicles, not regions: cryoves segment {order.tomogram} --model {order.model}"
        )
    labels_path, regions_path = _places(order)
    volume = open_volume(Path(order.tomogram), order.voxel_size_nm)
    if volume.info.voxel_size_nm is None:
        assert volume.info.doubt is not None
        raise CryoVesError(f"{volume.info.doubt.sentence} Give it with --voxel-size in ångström.")
    truth = load_labels(order.truth, volume.shape)[0] == order.truth_label if order.truth else None
    with local_folder() as scratch:
        context.scratch(scratch.path)
        found = _found(order, model, volume, scratch.path, context)
    region = _region(found, model, order.every)
    if order.folder:
        make_folders(Path(order.folder))
        with replacing(labels_path) as temporary:
            write_mrc_labels(temporary, found, volume.info)
        if region.contours:
            write_regions(regions_path, [region], volume.info)
    if order.into and region.contours:
        bring_region(Path(order.into), region, volume.shape)
    return _result(order, found, volume, region, truth)


def _places(order: MaskOrder) -> tuple[Path, Path]:
    name = stem(Path(order.tomogram))
    places = Path(order.folder) / f"{name}_mask.mrc", Path(order.folder) / f"{name}_regions.mod"
    refuse_inputs(places, [order.tomogram, order.truth])
    for place in places:
        if order.folder and exists(place) and not order.force:
            raise CryoVesError(f"{place} exists already; use --force to replace it.")
    return places


def _found(
    order: MaskOrder, model: Model, volume: Volume, scratch: Path, context: JobContext
) -> NDArray[np.uint16]:
    """The pieces on the tomogram's grid, numbered from the largest."""
    grid = network_grid(volume.shape, volume.voxel_size_nm, model.voxel_size_nm)
    context.progress.start("rescale")
    image = scan_input(volume, grid, scratch / "input.npy").image
    probability = np.empty(grid.shape, np.float32)
    context.progress.start("network")
    predict_volume(
        OpenVinoEngine(model.weights(), order.threads), image, probability, progress=context.progress
    )
    threshold = order.threshold or model.mask_threshold
    if model.marks_cell:
        probability = _voted(probability, threshold, image, context)
    context.progress.start("threshold")
    smallest_px = order.smallest_nm3 / grid.voxel_size_nm**3
    if model.marks_cell:
        make_one_body(probability, threshold, _POCKET_NM3 / grid.voxel_size_nm**3)
    pieces = number_pieces(probability >= threshold, smallest_px)
    probability[(probability >= threshold) & (pieces == 0)] = 0
    found = np.zeros(volume.shape, np.uint16)
    for z, plane in enumerate(planes_on(volume, grid, probability, pieces, threshold)):
        context.progress.report(z / len(found))
        found[z] = plane
    return found


def number_pieces(mask: NDArray[np.bool_], smallest_px: float) -> NDArray[np.uint16]:
    """Connected pieces, numbered from 1 by falling size.

    Parameters
    ----------
    mask : (z, y, x) bool array
    smallest_px
        Pieces of fewer voxels are left out.

    Returns
    -------
    (z, y, x) uint16 array
        0 outside.
    """
    labels, count = ndimage.label(mask)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    kept = order[sizes[order] >= smallest_px][:_MOST_PIECES]
    numbers = np.zeros(count + 1, np.uint16)
    numbers[kept + 1] = np.arange(1, len(kept) + 1)
    return np.asarray(numbers[labels])


def _voted(
    probability: NDArray[np.float32], threshold: float, image: NDArray[np.floating[Any]], context: JobContext
) -> NDArray[np.float32]:
    """Answers spread within membranes, where there is memory and time for it."""
    if probability.size > _MOST_VOTERS:
        sentence = (
            "The tomogram is too large for outlines to be drawn to its membranes; they are as the network marks them, "
            "so look at them closely, or outline a part of it."
        )
        context.note(Note(NoteKind.MEMBRANES, sentence))
        return probability
    context.progress.start("membranes")
    silence_strays(probability, threshold)
    return vote_within_membranes(probability, image, context.progress.report)


def planes_on(
    volume: Volume,
    grid: NetworkGrid,
    probability: NDArray[np.float32],
    pieces: NDArray[np.uint16],
    threshold: float,
) -> Iterator[NDArray[np.uint16]]:
    """The tomogram's planes ``(y, x)``: the piece's number where the interpolated probability is high enough."""
    scale = volume.voxel_size_nm / grid.voxel_size_nm
    wide = ndimage.maximum_filter(pieces, 3)
    rows, columns = (
        np.minimum(np.rint(np.arange(n) * scale).astype(np.intp), m - 1)
        for n, m in zip(volume.shape[1:], grid.shape[1:], strict=True)
    )
    for z in range(volume.shape[0]):
        place = min(z * scale, grid.shape[0] - 1)
        low = int(place)
        high, share = min(low + 1, grid.shape[0] - 1), place - low
        blended = (1 - share) * probability[low] + share * probability[high]
        fine = ndimage.affine_transform(
            blended, (scale, scale), output_shape=volume.shape[1:], order=1, mode="nearest"
        )
        numbers = wide[min(round(place), grid.shape[0] - 1)][np.ix_(rows, columns)]
        yield np.where(fine >= threshold, numbers, 0).astype(np.uint16)


def largest_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of the connected pieces of a mask ``(z, y, x)``; nothing where there is none."""
    pieces, count = ndimage.label(mask)
    return np.asarray(pieces == 1 + int(np.bincount(pieces.ravel())[1:].argmax())) if count else mask


def silence_strays(probability: NDArray[np.float32], threshold: float) -> None:
    """Pieces beside the largest, that may be of another cell, no longer know (0.5); ``(z, y, x)``, changed in place."""
    inside = probability >= threshold
    probability[inside & ~largest_piece(inside)] = 0.5


def make_one_body(probability: NDArray[np.float32], threshold: float, pocket_px: float) -> None:
    """Leave the largest piece alone, and fill what is not reached in it; changed in place.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1.
    pocket_px
        Parts of the outside with fewer voxels are filled, also at a face of the volume.
    """
    inside = probability >= threshold
    numbers, count = ndimage.label(~inside)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)
    pockets = np.flatnonzero(sizes < pocket_px)
    filled = np.isin(numbers, pockets[pockets > 0])
    probability[filled] = 1.0
    inside |= filled
    probability[inside & ~largest_piece(inside)] = 0.0


def _region(found: NDArray[np.uint16], model: Model, every: int) -> Region:
    """Outlines on every so many slices, those between filled in."""
    drawn = np.zeros(found.shape, np.uint8)
    drawn[::every] = found[::every] > 0
    drawn[-1] = found[-1] > 0
    if model.marks_cell:
        return Region("cytoplasm", RegionKind.CYTOPLASM, smooth_outlines(drawn), interpolate=every > 1)
    return Region(model.name, RegionKind.ORGANELLE, outlines(drawn), interpolate=every > 1)


def _result(
    order: MaskOrder,
    found: NDArray[np.uint16],
    volume: Volume,
    region: Region,
    truth: NDArray[np.bool_] | None,
) -> MaskFound:
    labels, regions = _places_written(order, region)
    inside = found > 0
    nm3 = float(np.count_nonzero(inside)) * volume.voxel_size_nm**3
    pieces = int(found.max())
    where = f" in {labels}" if labels else ""
    sentence = f"{counted(pieces, 'piece')} of {nm3 / 1e9:.2g} µm³{where}."
    dice = None if truth is None else dice_of(inside, truth)
    sentence += f" Dice {dice:.3f}." if dice is not None else ""
    if not pieces:
        sentence += (
            " Nothing reached the threshold and the smallest size; try a lower --threshold or --smallest."
        )
    return MaskFound(sentence, labels, regions, pieces, nm3, dice, region if region.contours else None)


def _places_written(order: MaskOrder, region: Region) -> tuple[str, str]:
    if not order.folder:
        return "", ""
    name = stem(Path(order.tomogram))
    folder = Path(order.folder)
    return str(folder / f"{name}_mask.mrc"), str(folder / f"{name}_regions.mod") if region.contours else ""


def dice_of(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """2 |A ∩ B| / (|A| + |B|) of two masks ``(z, y, x)``; 1 where both are empty."""
    total = int(np.count_nonzero(found)) + int(np.count_nonzero(true))
    return 2 * int(np.count_nonzero(found & true)) / total if total else 1.0

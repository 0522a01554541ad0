"""The card of a dataset as the window shows it; what it needs is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.network.model_store import Model
from cryoves_app.workflow.training.order import MaskTruth

if TYPE_CHECKING:
    from cryoves_app.workflow.training.dataset_card import DatasetCard
    from cryoves_app.workflow.training.mask_card import MaskCard

CARD_COLUMNS = (
    "tomogram",
    "vesicles from",
    "use",
    "vesicles",
    "doubtful, left out",
    "regions",
    "voxel",
    "grey",
    "note",
)
#: Where a mask is to be learned.
MASK_COLUMNS = ("tomogram", "labels from", "use", "inside", "labels there", "voxel", "grey", "note")


@dataclass(frozen=True)
class DatasetShown:
    """Rows by the columns, the whole in a sentence, and whether a training could begin."""

    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    sentence: str
    usable: bool


def show_dataset(
    sources: Sequence[Path],
    hold_out: float,
    model: Model | None,
    simulated: int = 0,
    mask: MaskTruth | None = None,
    voxel_size_nm: float | None = None,
) -> DatasetShown:
    """Look at a dataset; raises as ``describe_dataset`` and ``describe_masks``.

    ``voxel_size_nm`` is that of a new network, where no model is gone on from.
    """
    card = card_of(sources, hold_out, model, simulated, mask, voxel_size_nm)
    columns = CARD_COLUMNS if mask is None else MASK_COLUMNS
    return DatasetShown(columns, tuple(row.cells() for row in card.rows), card.sentence(), card.usable)


def card_of(
    sources: Sequence[Path],
    hold_out: float,
    model: Model | None,
    simulated: int,
    mask: MaskTruth | None,
    voxel_size_nm: float | None,
) -> DatasetCard | MaskCard:
    """The card for vesicles or for a mask; raises as ``describe_dataset`` and ``describe_masks``."""
    from cryoves_app.workflow.training.dataset_card import describe_dataset
    from cryoves_app.workflow.training.grey_card import Learner
    from cryoves_app.workflow.training.mask_card import describe_masks

    learner = Learner.of(model, voxel_size_nm)
    if mask is None:
        return describe_dataset(sources, hold_out, learner, simulated)
    return describe_masks(sources, hold_out, learner, mask)

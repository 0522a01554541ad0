"""The card of a dataset as the window shows it; what it needs is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CARD_COLUMNS = (
    "tomogram",
    "vesicles from",
    "use",
    "vesicles",
    "doubtful, left out",
    "regions",
    "voxel",
    "note",
)


@dataclass(frozen=True)
class DatasetShown:
    """Rows by ``CARD_COLUMNS``, the whole in a sentence, and whether a training could begin."""

    cells: tuple[tuple[str, ...], ...]
    sentence: str
    usable: bool


def show_dataset(
    sources: Sequence[Path], hold_out: float, network_voxel_nm: float, simulated: int
) -> DatasetShown:
    """Look at a dataset; raises as ``describe_dataset``."""
    from cryoves_app.workflow.training.dataset_card import describe_dataset

    card = describe_dataset(sources, hold_out, network_voxel_nm, simulated)
    return DatasetShown(tuple(row.cells() for row in card.rows), card.sentence(), card.usable)

"""What a training of a mask would learn, said before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.wording import counted
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.workflow.training.data import Pair, divide
from cryoves_app.workflow.training.dataset_card import size_cell, size_problem
from cryoves_app.workflow.training.grey_card import Learner, look_at_grey
from cryoves_app.workflow.training.order import MaskTruth

#: So many labels of a volume are named.
_MOST_LABELS = 8


@dataclass(frozen=True)
class MaskRow:
    """One tomogram: the share of its voxels that are learned as inside, and which labels there are."""

    tomogram: str
    truth: str
    held_out: bool
    share: float = 0.0
    labels: tuple[int, ...] = ()
    voxel_size_nm: float | None = None
    grey: str = ""
    problem: str = ""
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """As shown in a table, by ``MASK_COLUMNS``."""
        use = "held out" if self.held_out else "learned"
        named = ", ".join(map(str, self.labels[:_MOST_LABELS]))
        more = " …" if len(self.labels) > _MOST_LABELS else ""
        share = f"{100 * self.share:.2g} %" if not self.problem else ""
        size = size_cell(self.voxel_size_nm)
        return (
            self.tomogram,
            self.truth,
            use,
            share,
            named + more,
            size,
            self.grey,
            self.problem or self.note,
        )


@dataclass(frozen=True)
class MaskCard:
    """All tomograms of a dataset, and what of them is learned."""

    rows: tuple[MaskRow, ...]
    mask: MaskTruth

    @property
    def usable(self) -> bool:
        """Whether a training could begin."""
        learned = [row for row in self.rows if not row.held_out]
        return any(row.share > 0 for row in learned) and not any(row.problem for row in self.rows)

    def sentence(self) -> str:
        """The whole in a few words."""
        learned = [row for row in self.rows if not row.held_out]
        inside = sum(row.share > 0 for row in learned)
        held = len(self.rows) - len(learned)
        text = (
            f"The voxels of {self.mask.words()} will be learned; {inside} of {counted(len(learned), 'tomogram')} "
            f"with some, {counted(held, 'tomogram')} held out."
        )
        problems = sum(bool(row.problem) for row in self.rows)
        return f"{text} {counted(problems, 'tomogram')} cannot be used." if problems else text


def describe_masks(sources: Sequence[Path], hold_out: float, learner: Learner, mask: MaskTruth) -> MaskCard:
    """Look at tomograms and their label volumes.

    Raises
    ------
    CryoVesError
        If there is no tomogram with a label volume at all, or a source is missing.
    """
    learned, held_out = divide(sources, hold_out, mask.files)
    rows = [_row(pair, learner, mask.label, held_out=False) for pair in learned]
    rows += [_row(pair, learner, mask.label, held_out=True) for pair in held_out]
    return MaskCard(tuple(rows), mask)


def _row(pair: Pair, learner: Learner, label: int, *, held_out: bool) -> MaskRow:
    names = pair.tomogram.name, pair.truth.name, held_out
    try:
        volume = open_volume(pair.tomogram)
        if volume.info.voxel_size_nm is None:
            return MaskRow(*names, problem=size_problem(volume))
        labels, _ = load_labels(pair.truth, volume.shape)
    except CryoVesError as error:
        return MaskRow(*names, problem=str(error))
    counts = np.bincount(labels.ravel())
    there = tuple(int(n) for n in np.flatnonzero(counts) if n > 0)
    share = float(counts[label] / labels.size) if label in there else 0.0
    seen = look_at_grey(volume, learner)
    missing = () if share else (f"label {label} is not there",)
    notes = "; ".join((*missing, *seen.notes))
    return MaskRow(*names, share, there, volume.voxel_size_nm, seen.grey, note=notes)

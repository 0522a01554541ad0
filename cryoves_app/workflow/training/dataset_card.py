"""What a training would learn, said before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import Volume
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.importing.vesicle_sources import grid_of, load_vesicles
from cryoves_app.workflow.training.data import Pair, divide
from cryoves_app.workflow.training.grey_card import Learner, look_at_grey


@dataclass(frozen=True)
class CardRow:
    """One tomogram. ``problem`` is why it cannot be learned from; empty where it can."""

    tomogram: str
    truth: str
    held_out: bool
    vesicles: int = 0
    doubtful: int = 0
    regions: int = 0
    voxel_size_nm: float | None = None
    grey: str = ""
    problem: str = ""
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """As shown in a table, by ``CARD_COLUMNS``."""
        numbers = (str(n) if not self.problem else "" for n in (self.vesicles, self.doubtful, self.regions))
        use = "held out" if self.held_out else "learned"
        size = size_cell(self.voxel_size_nm)
        return (self.tomogram, self.truth, use, *numbers, size, self.grey, self.problem or self.note)


@dataclass(frozen=True)
class DatasetCard:
    """All tomograms of a dataset."""

    rows: tuple[CardRow, ...]
    simulated: int = 0

    @property
    def usable(self) -> bool:
        """Whether a training could begin."""
        learned = [row for row in self.rows if not row.held_out]
        return (
            bool(learned) and not any(row.problem for row in self.rows) and any(r.vesicles for r in learned)
        )

    def sentence(self) -> str:
        """The whole in a few words."""
        learned = [row for row in self.rows if not row.held_out]
        doubtful = sum(row.doubtful for row in learned)
        text = (
            f"{counted(sum(row.vesicles for row in learned), 'vesicle')} of {counted(len(learned), 'tomogram')} "
            f"will be learned, {counted(len(self.rows) - len(learned), 'tomogram')} held out"
        )
        text += f"; {doubtful} doubtful ones are left out" if doubtful else ""
        if self.simulated:
            share = self.simulated / (self.simulated + len(learned))
            text += f"; {counted(self.simulated, 'simulated tomogram')} mixed in ({100 * share:.0f} %)"
        problems = sum(bool(row.problem) for row in self.rows)
        text += f". {counted(problems, 'tomogram')} cannot be used" if problems else ""
        return f"{text}."


def size_cell(voxel_size_nm: float | None) -> str:
    """A voxel size as shown in a table."""
    return f"{voxel_size_nm:.3g} nm" if voxel_size_nm else "?"


def describe_dataset(
    sources: Sequence[Path], hold_out: float, learner: Learner, simulated: int = 0
) -> DatasetCard:
    """Look at a dataset without preparing it; what does not fit together stands in its row.

    Raises
    ------
    CryoVesError
        If there is no tomogram at all, or a source is missing.
    """
    learned, held_out = divide(sources, hold_out)
    rows = [_row(pair, learner, held_out=False) for pair in learned]
    rows += [_row(pair, learner, held_out=True) for pair in held_out]
    return DatasetCard(tuple(rows), simulated)


def _row(pair: Pair, learner: Learner, *, held_out: bool) -> CardRow:
    names = pair.tomogram.name, pair.truth.name, held_out
    try:
        known_nm = grid_of(pair.truth)[1] if pair.truth.suffix.lower() == SUFFIX else None
        volume = open_volume(pair.tomogram, known_nm)
        size_nm = volume.info.voxel_size_nm
        if size_nm is None:
            return CardRow(*names, problem=size_problem(volume))
        truth = load_vesicles(pair.truth, size_nm)
    except CryoVesError as error:
        return CardRow(*names, problem=str(error))
    if truth.grid is not None and truth.grid[0] != volume.shape:
        shapes = (" × ".join(map(str, shape)) for shape in (truth.grid[0], volume.shape))
        return CardRow(*names, voxel_size_nm=size_nm, problem="shapes differ: {} and {}".format(*shapes))
    seen = look_at_grey(volume, learner)
    return CardRow(
        *names,
        len(truth.vesicles),
        len(truth.doubtful),
        len(truth.regions),
        size_nm,
        seen.grey,
        note="; ".join(seen.notes),
    )


def size_problem(volume: Volume) -> str:
    """Why a tomogram of unknown voxel size cannot be learned from."""
    return volume.info.doubt.sentence if volume.info.doubt else "its voxel size is not known"

"""What a run ends with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cryoves_app.domain.beyond_range import BeyondRange
from cryoves_app.domain.notes import Note
from cryoves_app.workflow.common.resources_used import Cost

#: Where links were looked for: how many there are, and how many vesicles have some.
LINK_COUNTS = ("connectors", "tethers", "connected", "tethered")


@dataclass(frozen=True)
class SegmentResult:
    """What lies in the output folder of a tomogram.

    ``counts`` are vesicles by status and those outside the region. ``skipped`` says that the results were there
    before; ``cost`` is then that of the earlier run, if its record tells it. ``elsewhere`` says that another run is
    just making them. ``links`` are by ``LINK_COUNTS``, empty where links were not looked for.
    """

    sentence: str
    counts: Mapping[str, int]
    files: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    cost: Cost | None = None
    skipped: bool = False
    voxel_size_nm: float | None = None
    elsewhere: bool = False
    links: Mapping[str, int] = field(default_factory=dict)


class RunStatus(StrEnum):
    """How a run ended."""

    FOUND = "found"
    NOTHING_FOUND = "nothing_found"
    CANCELLED = "cancelled"
    FAILED = "failed"
    LEFT = "left"  # finished, but another tomogram is open now


@dataclass(frozen=True)
class RunEnded:
    """The end of a run in the window: how, with how many vesicles, what people read of it, and what it cost.

    ``beyond`` is what there is beyond the radii that were looked for.
    """

    status: RunStatus
    vesicles: int
    sentence: str
    cost: Cost | None = None
    beyond: BeyondRange | None = None

    @property
    def has_result(self) -> bool:
        """Whether the tomogram was looked through, with or without success."""
        return self.status in (RunStatus.FOUND, RunStatus.NOTHING_FOUND)

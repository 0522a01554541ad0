"""What is known of a finished tomogram of a queue, from its project as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Status
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.workflow.common.summary import counts


@dataclass(frozen=True)
class ResultFacts:
    """Vesicles inside the region by status, and how many of all a person has checked."""

    accepted: int
    outlier: int
    checked: int
    vesicles: int

    @property
    def outlier_share(self) -> float | None:
        """The doubtful ones among those that are not rejected."""
        return self.outlier / (self.accepted + self.outlier) if self.accepted + self.outlier else None

    @property
    def is_reviewed(self) -> bool:
        return self.vesicles > 0 and self.checked == self.vesicles


def read_facts(project: Path) -> ResultFacts | None:
    """``None`` where there is no project, or one that cannot be read."""
    try:
        vesicles = read_project(project).vesicles
    except CryoVesError:
        return None
    number = counts(vesicles)
    return ResultFacts(number[Status.ACCEPTED], number[Status.OUTLIER], vesicles.checked_count, len(vesicles))

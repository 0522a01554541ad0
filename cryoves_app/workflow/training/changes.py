"""What another network would change in a corrected project."""

from __future__ import annotations

from dataclasses import dataclass

from cryoves_app.domain.vesicle import Origin, Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.common.summary import for_export


@dataclass(frozen=True)
class Changes:
    """Counts of vesicles: missed before and ``found`` now, rejected before and not found any more (``gone``), right
    before and ``lost`` now, and ``new`` ones that nobody has judged."""

    found: int
    gone: int
    lost: int
    new: int

    def sentence(self) -> str:
        """As ``+7 found, −3 false, 2 lost``."""
        text = f"+{self.found} found, \N{MINUS SIGN}{self.gone} false, {self.lost} lost"
        return f"{text}, {self.new} new to judge" if self.new else text

    @property
    def is_better(self) -> bool:
        """Whether more came right than was lost."""
        return self.found + self.gone > self.lost


def changes(corrected: VesicleSet, after: VesicleSet) -> Changes:
    """Hold what a network finds now against what people corrected."""
    from cryoves_app.analysis.scores.evaluation import compare

    right = for_export(corrected)
    wrong = [v for v in corrected.with_status(Status.REJECTED) if v.is_human_work]
    now = [v.sphere for v in for_export(after)]
    matched = compare(now, [v.sphere for v in right])
    others = [now[n] for n in matched.false_positives]
    again = compare(others, [v.sphere for v in wrong])
    hit = {match.true for match in matched.matches}
    missed = [n for n, v in enumerate(right) if v.origin is Origin.MANUAL]
    return Changes(
        found=sum(n in hit for n in missed),
        gone=len(again.false_negatives),
        lost=sum(n not in hit for n in range(len(right)) if n not in missed),
        new=len(again.false_positives),
    )

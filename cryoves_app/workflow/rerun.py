"""A new run over vesicles that people have worked on: what they did stays."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryoves_app.analysis.evaluation import compare
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet


@dataclass(frozen=True)
class Merged:
    """The vesicles after a re-run, and how many were kept, are new and are gone."""

    vesicles: VesicleSet
    kept: int
    new: int
    gone: int

    def sentence(self) -> str:
        return f"Kept {self.kept} by hand, {self.new} new, {self.gone} gone."


def merge(old: VesicleSet, new: VesicleSet) -> Merged:
    """Human work of ``old`` with the automatic vesicles of ``new``.

    Vesicles that are manual, edited, imported, tagged or reviewed stay as they are, status included. New ones
    that match one of them (one's centre lies inside the other; nearest first, one to one) are dropped. A new
    one that matches an old automatic one takes over its id; the rest get ids that were never used.
    """
    kept = [v for v in old if v.is_human_work]
    automatic = [v for v in old if not v.is_human_work]
    fresh = _unmatched(list(new), kept)
    ids, next_id = _ids(fresh, automatic, old.next_id)
    renewed = [replace(v, id=i) for v, i in zip(fresh, ids, strict=True)]
    known = {v.id for v in automatic}
    return Merged(
        VesicleSet.of([*kept, *renewed], next_id),
        kept=len(kept),
        new=sum(i not in known for i in ids),
        gone=len(known.difference(ids)),
    )


def _unmatched(found: list[Vesicle], kept: list[Vesicle]) -> list[Vesicle]:
    evaluation = compare([v.sphere for v in found], [v.sphere for v in kept])
    return [found[i] for i in evaluation.false_positives]


def _ids(fresh: list[Vesicle], automatic: list[Vesicle], next_id: int) -> tuple[list[int], int]:
    evaluation = compare([v.sphere for v in fresh], [v.sphere for v in automatic])
    inherited = {m.predicted: automatic[m.true].id for m in evaluation.matches}
    ids = []
    for index in range(len(fresh)):
        if index not in inherited:
            inherited[index], next_id = next_id, next_id + 1
        ids.append(inherited[index])
    return ids, next_id

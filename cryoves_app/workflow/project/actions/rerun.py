"""A new run over vesicles that people have worked on: what they did stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.domain.box import Box
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


def inside(box: Box | None, voxel_size_nm: float, shape: tuple[int, int, int]) -> Callable[[Vesicle], bool]:
    """Says of a vesicle whether a run that was limited to ``box`` looked at its place.

    The centre of a vesicle that a face cuts may lie beyond it; it belongs to the voxels at the face.
    """

    def looked_at(vesicle: Vesicle) -> bool:
        centre = vesicle.sphere.to_px(voxel_size_nm)[:3]
        return box is None or box.contains(
            [min(max(c, 0), n - 1) for c, n in zip(centre, shape, strict=True)]
        )

    return looked_at


def merge_rerun(
    old: VesicleSet, new: VesicleSet, looked_at: Callable[[Vesicle], bool] = lambda vesicle: True
) -> Merged:
    """Human work of ``old`` with the automatic vesicles of ``new``; automatic ones the run did not look at stay, too.

    Vesicles that are manual, edited, imported, tagged or reviewed stay as they are, status included. New ones
    that match one of them (one's centre lies inside the other; nearest first, one to one) are dropped. A new
    one that matches an old automatic one takes over its id; the rest get ids that were never used.
    """
    kept = [v for v in old if v.is_human_work]
    elsewhere = [v for v in old if not v.is_human_work and not looked_at(v)]
    automatic = [v for v in old if not v.is_human_work and looked_at(v)]
    fresh = _unmatched(list(new), [*kept, *elsewhere])
    ids, next_id = _ids(fresh, automatic, old.next_id)
    renewed = [replace(v, id=i) for v, i in zip(fresh, ids, strict=True)]
    known = {v.id for v in automatic}
    return Merged(
        VesicleSet.of([*kept, *elsewhere, *renewed], next_id),
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

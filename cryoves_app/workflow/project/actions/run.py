"""A segmentation's result taken over, as one step that can be undone."""

from __future__ import annotations

from dataclasses import replace

from cryoves_app.domain.box import Box
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.project import Project
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.project.actions.patch import Action
from cryoves_app.workflow.project.actions.rerun import inside, merge_rerun

#: The kind of step that a run takes; all others are taken by people.
SEGMENT = "segment"


def take_over_run(
    project: Project,
    found: VesicleSet,
    recipe: Recipe,
    model: str,
    run: JsonObject,
    box: Box | None = None,
) -> tuple[Action, str]:
    """The action that brings a run's vesicles in beside what people did, and its summary in a sentence.

    Of a run that was limited to ``box``, vesicles elsewhere stay.
    """
    merged = merge_rerun(
        project.vesicles, found, inside(box, project.tomogram.voxel_size_nm, project.tomogram.shape)
    )
    ordered = VesicleSet.of(sorted(merged.vesicles, key=lambda v: v.id), merged.vesicles.next_id)
    after = replace(project, vesicles=ordered, recipe=recipe, model=model, run=dict(run))
    first = not len(project.vesicles)
    title = f"Segment: {len(found)} vesicles" if first else f"Segment again: {merged.sentence()}"
    return Action.between(SEGMENT, title, project, after), merged.sentence()

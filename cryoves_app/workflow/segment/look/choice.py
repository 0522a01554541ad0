"""Whether the network sees a tomogram as it is or with the look that it learned: both are tried on one box."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cryoves_app.analysis.grey.contrast import Support
from cryoves_app.domain.box import Box
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import MatchLook
from cryoves_app.network.model_store import Model
from cryoves_app.workflow.common.model_look import look_of
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.pipeline import Pipeline, PipelineResult
from cryoves_app.workflow.segment.inputs import Inputs
from cryoves_app.workflow.segment.part import TomogramPart

#: Edge of the box, in the network's voxels.
_EDGE_PX = 112
#: The other look must find so much more membrane, or two vesicles where nothing was found.
_BETTER, _LEAST = 1.1, 2


@dataclass(frozen=True)
class LookTried:
    """What the fits support in the box with each look."""

    plain: Support
    matched: Support

    @property
    def is_better(self) -> bool:
        """Whether the matched look finds clearly more."""
        more = self.matched.membrane > _BETTER * self.plain.membrane
        return more and self.matched.count >= max(self.plain.count, _LEAST)

    def note(self, model: str) -> Note:
        """What was found, and which was taken."""
        taken = "so that look was taken" if self.is_better else "so the tomogram was taken as it is"
        return Note(
            NoteKind.LOOK,
            f"In a box in the middle {self.plain.count} vesicles were accepted in the tomogram as it is, and "
            f"{self.matched.count} with the noise and blur that “{model}” learned, {taken}.",
        )


def with_match_look(recipe: Recipe, how: MatchLook) -> Recipe:
    """The recipe with another choice."""
    return replace(recipe, input=replace(recipe.input, match_look=how))


def settle_look(
    inputs: Inputs, options: EngineOptions, cache: Path, progress: Progress
) -> tuple[Inputs, tuple[Note, ...]]:
    """The inputs with ``auto`` decided, and what is to be told of it."""
    how = inputs.recipe.input.match_look
    if how is MatchLook.OFF or inputs.given:
        return replace(inputs, recipe=with_match_look(inputs.recipe, MatchLook.OFF)), ()
    if look_of(inputs.model) is None:
        sentence = (
            f"The card of “{inputs.model.name}” does not record what its tomograms looked like, so the look was left "
            "as it is."
        )
        return replace(inputs, recipe=with_match_look(inputs.recipe, MatchLook.OFF)), (
            Note(NoteKind.LOOK, sentence),
        )
    if how is MatchLook.ON:
        sentence = f"The network saw the tomogram with the noise and blur that “{inputs.model.name}” learned."
        return inputs, (Note(NoteKind.LOOK, sentence),)
    progress.start("look", "both looks are tried on a box")
    tried = _try_looks(inputs, options, cache, progress)
    chosen = MatchLook.ON if tried.is_better else MatchLook.OFF
    return replace(inputs, recipe=with_match_look(inputs.recipe, chosen)), (tried.note(inputs.model.name),)


def middle_box(inputs: Inputs) -> Box:
    """A box in the middle that is small against most tomograms."""
    volume = inputs.volume
    edge = round(_EDGE_PX * inputs.model.voxel_size_nm / volume.voxel_size_nm)
    z, y, x = (n // 2 for n in volume.shape)
    return Box.around((z, y, x), edge, volume.shape)


def run_in(
    inputs: Inputs, model: Model, box: Box, options: EngineOptions, cache: Path, progress: Progress
) -> PipelineResult:
    """What a model and the fits find in a box."""
    part = TomogramPart.of(replace(inputs, model=model), box)
    pipeline = Pipeline(
        part.volume, inputs.recipe, model, cache, options, fit_volume=part.fit_volume, region_mask=part.mask
    )
    return pipeline.run(progress.unseen())


def _try_looks(inputs: Inputs, options: EngineOptions, cache: Path, progress: Progress) -> LookTried:
    box, found = middle_box(inputs), []
    for number, how in enumerate((MatchLook.OFF, MatchLook.ON)):
        progress.report(number / 2)
        recipe = with_match_look(inputs.recipe, how)
        result = run_in(replace(inputs, recipe=recipe), inputs.model, box, options, cache / "look", progress)
        found.append(Support.of(tuple(result.vesicles), None))
    return LookTried(*found)

"""What is said where a run found nothing or next to nothing: what the network saw, and what to try."""

from __future__ import annotations

from dataclasses import dataclass

from cryoves_app.analysis.acceptance.checks import scale_sentence
from cryoves_app.domain.beyond_range import BeyondRange
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import Contrast
from cryoves_app.domain.scale_hint import ScaleHint
from cryoves_app.workflow.pipeline.grey_notes import GreyRecord

#: Fewer vesicles than this are next to nothing.
LITTLE = 3
#: Where fewer of the candidates than this share show a membrane, the fits are to blame.
_MOST = 0.5
#: Below this probability the network has seen nothing like a vesicle.
_UNLIKELY = 0.5


@dataclass(frozen=True)
class NetworkSaw:
    """What the steps of a run made of a tomogram: the network's highest probability, and counts after each step.

    ``size_nm`` is how large the tomogram is by its voxel size, ``(z, y, x)``; ``hint`` what it shows at other sizes,
    ``beyond`` what there is beyond the radii that were looked for.
    """

    highest_probability: float
    candidates: int
    fitted: int
    accepted: int
    size_nm: tuple[float, float, float]
    hint: ScaleHint | None = None
    beyond: BeyondRange | None = None


def little_found(
    saw: NetworkSaw, grey: GreyRecord, recipe: Recipe, *, limited: bool, given: bool = False
) -> Note:
    """The note; ``limited`` says that only a region was looked at, ``given`` that another program's map was."""
    advice = [*_about_image(saw, grey, recipe, limited), *_about_map(saw, given)]
    parts = [_count(saw.accepted), *_looked_at(saw, grey, given), f"To try: {'; '.join(advice)}."]
    return Note(NoteKind.NOTHING_FOUND, " ".join(parts))


def _count(accepted: int) -> str:
    if not accepted:
        return "No vesicle was found."
    return f"Only {accepted} {'vesicle was' if accepted == 1 else 'vesicles were'} found."


def _looked_at(saw: NetworkSaw, grey: GreyRecord, given: bool) -> list[str]:
    z, y, x = saw.size_nm
    by = "Another program's map covers" if given else "The network saw"
    seen = [f"{by} {x:.0f} × {y:.0f} × {z:.0f} nm", *_grey_words(grey), _contrast_words(grey)]
    found = (
        f"Its highest probability was {saw.highest_probability:.2f}; of {saw.candidates} candidates {saw.fitted} "
        "showed a membrane."
    )
    return [", ".join(seen) + ".", found]


def _grey_words(grey: GreyRecord) -> list[str]:
    facts = grey.facts
    if facts is None:
        return []
    told = (
        f"grey values from {facts.lowest:.4g} to {facts.highest:.4g} (median {facts.median:.4g}, standard "
        f"deviation {facts.deviation:.3g})"
    )
    left_out = [f"{100 * facts.empty_share:.0f} % without data left out"] if facts.empty_share > 0 else []
    return [told, *left_out]


def _contrast_words(grey: GreyRecord) -> str:
    taken = f"membranes taken for {grey.contrast_used}"
    if grey.both_tried:
        return f"{taken} (the other contrast showed no more)"
    return taken if grey.measured is not None else f"{taken} (the image does not tell)"


def _about_image(saw: NetworkSaw, grey: GreyRecord, recipe: Recipe, limited: bool) -> list[str]:
    """What to try, the likeliest first."""
    found = []
    if saw.hint is not None and saw.hint.better_nm is not None:
        found.append(scale_sentence(saw.hint, recipe))
    else:
        expected = recipe.input.expected_radius_nm
        found.append(
            f"check the voxel size, and whether vesicles of about {expected:.0f} nm radius are to be expected"
        )
    if grey.contrast_asked is not Contrast.AUTO and not grey.both_tried:
        found.append("measure the contrast (--contrast auto)")
    if limited:
        found.append("look outside the region or box, too")
    return found


def _about_map(saw: NetworkSaw, given: bool) -> list[str]:
    """What may be wrong with the network's map, or with the one that was given, and with the fits."""
    found = []
    if given and not saw.candidates:
        found.append("look whether the map that was given holds vesicles, with high values inside them")
    elif given:
        found.append("look whether the map that was given lies over its vesicles")
    elif saw.highest_probability < _UNLIKELY:
        found.append("another model (--model)")
    elif not saw.candidates:
        found.append("a lower threshold in the recipe, or another model (--model)")
    elif saw.fitted < _MOST * saw.candidates:
        found.append("fit on the tomogram before or after denoising (--fit-volume)")
    return found

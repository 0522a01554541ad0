"""What a run knows of the grey values: figures for its record, and sentences for the user."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

from cryoves_app.analysis.grey.contrast import ContrastEvidence
from cryoves_app.analysis.grey.model import GreyFacts, GreyModel
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.recipe_settings import Contrast, InputSettings, Normalisation

#: A smaller share of voxels without data is not worth a sentence.
_SMALL_SHARE = 0.001
#: Nor are such changes over the tomogram, in standard deviations and as a ratio.
_SMALL_RANGE, _SMALL_RATIO = 1.0, 1.5


@dataclass(frozen=True)
class GreyRecord:
    """How the grey values of a tomogram were taken.

    ``facts`` is ``None`` by the plain rule, which asks for none.
    """

    normalisation: Normalisation
    contrast_asked: Contrast
    contrast_used: Contrast
    skewness: float
    skewness_errors: float
    both_tried: bool
    facts: GreyFacts | None
    ramp_removed: bool

    @classmethod
    def of(
        cls,
        settings: InputSettings,
        model: GreyModel | None,
        evidence: ContrastEvidence,
        used: Contrast,
        *,
        both_tried: bool,
    ) -> Self:
        ramp = model is not None and (model.background is not None or model.strength is not None)
        facts = model.facts if model else None
        return cls(
            settings.normalisation,
            settings.contrast,
            used,
            evidence.skewness,
            evidence.errors,
            both_tried,
            facts,
            ramp,
        )

    @property
    def measured(self) -> Contrast | None:
        """What the image says of the contrast, if anything."""
        return ContrastEvidence(self.skewness, self.skewness_errors).verdict

    def methods_sentence(self) -> str:
        """What was done to the grey values, for the Methods section; empty where they were taken as they are."""
        done = []
        if self.facts is not None and self.facts.empty_share > _SMALL_SHARE:
            done.append("voxels without data were left out")
        if self.facts is not None and self.facts.outside_share > _SMALL_SHARE:
            done.append("what lies above and below the specimen was left out of grey statistics")
        if self.ramp_removed:
            done.append("slow changes of grey over the tomogram were taken off")
        if self.facts is not None and self.facts.beads:
            done.append("gold beads were left out")
        if self.facts is not None and self.facts.wild:
            done.append("grey values far outside the others were limited")
        if self.contrast_used is Contrast.BRIGHT:
            done.append("the contrast was turned so that membranes are dark")
        return f"Before, {_listed(done)}." if done else ""

    def to_plain(self) -> JsonObject:
        """The record as JSON can hold it."""
        return asdict(self)


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def input_notes(record: GreyRecord, bad: int) -> list[Note]:
    """What the user should know of the grey values, whatever was found."""
    notes = [_bad(bad), *_facts_notes(record), _contrast(record)]
    return [note for note in notes if note is not None]


def _bad(bad: int) -> Note | None:
    if not bad:
        return None
    sentence = f"{bad} voxels are NaN or infinite; the median stands in for them."
    return Note(NoteKind.BAD_VOXELS, sentence)


def _facts_notes(record: GreyRecord) -> list[Note]:
    facts = record.facts
    if facts is None:
        return []
    notes = []
    if facts.empty_share > _SMALL_SHARE:
        share = _percent(facts.empty_share)
        sentence = f"{share} of the tomogram hold no data (borders, wedges, slices) and were left out."
        notes.append(Note(NoteKind.NO_DATA, sentence))
    if facts.outside_share > _SMALL_SHARE:
        notes.append(Note(NoteKind.OUTSIDE, _outside_sentence(facts.outside_share)))
    if facts.beads:
        notes.append(Note(NoteKind.BEADS, _beads_sentence(facts.beads)))
    if record.ramp_removed:
        notes.append(Note(NoteKind.RAMP, _ramp_sentence(facts)))
    return notes


def _outside_sentence(share: float) -> str:
    return (
        f"{_percent(share)} of the tomogram lie above or below the specimen (lamella or ice) and do not count in grey "
        "statistics and densities; vesicles are looked for there all the same."
    )


def _beads_sentence(count: int) -> str:
    if count == 1:
        return "One place looks like a gold bead and is left out of statistics and fits."
    return f"{count} places look like gold beads and are left out of statistics and fits."


def _ramp_sentence(facts: GreyFacts) -> str:
    grey = f"grey values run by {facts.background_range:.1f} standard deviations"
    contrast = f"contrast changes by a factor of {facts.strength_ratio:.1f}"
    both = [grey] if facts.background_range > _SMALL_RANGE else []
    both += [contrast] if facts.strength_ratio > _SMALL_RATIO or not both else []
    return f"Over the tomogram {' and '.join(both)}; that was evened out."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.0095 else f"{100 * share:.1f} %"


def _contrast(record: GreyRecord) -> Note | None:
    if record.contrast_asked is Contrast.AUTO:
        if record.contrast_used is Contrast.DARK:
            return None
        sentence = (
            "Membranes are bright in this tomogram, so its contrast was turned for network and fits; grey values in "
            "the results are those of the file. Where that is wrong, set the recipe's contrast (--contrast dark)."
        )
        return Note(NoteKind.CONTRAST, sentence)
    if record.measured in (None, record.contrast_used):
        return None
    sentence = (
        f"Membranes look {record.measured} in this tomogram, but the recipe takes them for {record.contrast_used}; "
        "try --contrast auto."
    )
    return Note(NoteKind.CONTRAST_DOUBTFUL, sentence)


def fit_contrast_note() -> Note:
    """That the volume of the fits had to be turned."""
    return Note(
        NoteKind.FIT_CONTRAST,
        "The volume for the fits has the other contrast than the tomogram; it was turned for the fits.",
    )

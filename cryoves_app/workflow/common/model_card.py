"""A model's card as people read it: what it learned from, how well it did, and its hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryoves_app.domain.wording import words_and_unit
from cryoves_app.network.model_store import Model

#: Entries that are shown first, and what they are called.
_FIRST = {
    "source": "Where from",
    "kind": "Kind",
    "voxel_size_nm": "Voxel size (nm)",
    "target": "Finds",
    "added": "Added",
    "cryoves": "Made with CryoVes",
}
_LAST = {"scores": "Scores", "training": "Training", "limits": "Limits", "weights_sha256": "Hash (SHA-256)"}


@dataclass(frozen=True)
class CardEntry:
    """A line of a card, with what stands below it."""

    title: str
    value: str = ""
    below: tuple[CardEntry, ...] = ()


def card_entries(model: Model) -> list[CardEntry]:
    """What a card says, what matters most first."""
    card = model.card
    rows = [CardEntry(title, _text(card[key])) for key, title in _FIRST.items() if key in card]
    others = [key for key in card if key not in (*_FIRST, *_LAST, "name")]
    for key in (*(k for k in _LAST if k in card and k != "weights_sha256"), *others):
        rows.append(_entry(_LAST.get(key, _named(key, is_title=True)), card[key]))
    rows.append(CardEntry(_LAST["weights_sha256"], model.weights_hash))
    return [*rows, CardEntry("Folder", str(model.folder))]


def score_text(model: Model) -> str:
    """F1 and Dice on tomograms that were held out in training, as far as the card says."""
    scores = model.card.get("scores")
    own = scores.get("held_out", scores) if isinstance(scores, Mapping) else {}
    if not isinstance(own, Mapping):
        return ""
    named = {"f1": "F1", "dice": "Dice"}
    return ", ".join(
        f"{name} {own[key]:.3f}" for key, name in named.items() if isinstance(own.get(key), float)
    )


def _entry(title: str, value: object) -> CardEntry:
    if not isinstance(value, Mapping):
        return CardEntry(title, _text(value))
    below = tuple(_entry(_named(str(key)), inner) for key, inner in value.items())
    return CardEntry(title, below=below)


def _named(key: str, *, is_title: bool = False) -> str:
    name, unit = words_and_unit(key)
    name = name.capitalize() if is_title else name
    return f"{name} ({unit})" if unit else name


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(_text(item) for item in value)
    return str(value)

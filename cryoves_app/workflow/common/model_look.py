"""The look that a model's card records: what the inputs looked like that it learned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cryoves_app.analysis.network_input.look import GreyLook, mean_look, measure_look
from cryoves_app.domain.arrays import Grey
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.network.model_store import Model

#: Name of its part of a card.
LOOK = "look"
#: Amplitudes that differ by more than this factor are another look. Simulated looks that the bundled network knows
#: differ by 1.2 to 1.7 from their mean, two in twelve by more; white noise at SNR 0.03, which it doesn't know, by 2.2.
OTHER_LOOK = 2.0


def look_of(model: Model) -> GreyLook | None:
    """The look of what a model learned from; ``None`` where its card does not say, or not understandably."""
    told = model.card.get(LOOK)
    if not isinstance(told, Mapping):
        return None
    try:
        return GreyLook(tuple(map(float, told["grey"])), tuple(map(float, told["power"])))
    except (KeyError, TypeError, ValueError):
        return None


def look_for_card(images: Iterable[Grey]) -> JsonObject:
    """The part of a card for inputs that are learned from; empty where there are none."""
    looks = [measure_look(image) for image in images]
    if not looks:
        return {}
    found = mean_look(looks)
    return {
        LOOK: {
            "what": "of the network's input: grey values at shares 0.005 … 0.995 of the voxels, power in 16 rings",
            "grey": [round(value, 4) for value in found.grey],
            "power": [float(f"{value:.4g}") for value in found.power],
            "tomograms": len(looks),
        }
    }

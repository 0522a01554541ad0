"""How regions are told apart: reddish purples, each with its own line and name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from cryoves_app.domain.colours import REGION_COLOURS
from cryoves_app.domain.region import RegionKind


@dataclass(frozen=True)
class RegionLook:
    """Colour and line of a kind, how strongly it fills (0–255), and its words."""

    colour: str
    dashes: str
    fill: int
    name: str
    icon: str
    meaning: str


LOOKS = {
    RegionKind.CYTOPLASM: RegionLook(
        REGION_COLOURS[RegionKind.CYTOPLASM],
        "solid",
        34,
        "Cytoplasm",
        "vector-polygon",
        "What vesicles are looked for in: only those whose centre lies inside are exported",
    ),
    RegionKind.ACTIVE_ZONE: RegionLook(
        REGION_COLOURS[RegionKind.ACTIVE_ZONE],
        "solid",
        110,
        "Active zone",
        "vector-polyline",
        "The membrane at which vesicles dock: a line that becomes a tube; distances are measured from it",
    ),
    RegionKind.EXCLUDE: RegionLook(
        REGION_COLOURS[RegionKind.EXCLUDE],
        "dash",
        60,
        "Exclude",
        "vector-polyline-remove",
        "Vesicles whose centre lies inside are left out: ice, gold beads, a neighbouring cell",
    ),
    RegionKind.ORGANELLE: RegionLook(
        REGION_COLOURS[RegionKind.ORGANELLE],
        "dashdot",
        50,
        "Organelle",
        "vector-ellipse",
        "A mitochondrion, an endosome: a label of its own in the export for Pyto",
    ),
}
#: The number that stands for a kind in a picture of regions; where regions overlap, the larger one is seen.
NUMBERS = {
    RegionKind.CYTOPLASM: 1,
    RegionKind.ORGANELLE: 2,
    RegionKind.EXCLUDE: 3,
    RegionKind.ACTIVE_ZONE: 4,
}


def fill_table() -> NDArray[np.uint8]:
    """Colours of the numbers, light enough to judge the image below."""
    table = np.zeros((256, 4), dtype=np.uint8)
    for kind, number in NUMBERS.items():
        colour = QColor(LOOKS[kind].colour)
        table[number] = (colour.red(), colour.green(), colour.blue(), LOOKS[kind].fill)
    return table

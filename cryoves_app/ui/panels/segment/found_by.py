"""Who finds vesicles: the network, or another program whose map or instances are named."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog

NETWORK, PROBABILITY, LABELS = range(3)
_TITLES = ("The network", "Another program's mask…", "Another program's instances…")
_HINTS = (
    "The model below",
    "Probabilities (0 to 1) or a mask on the tomogram's grid; everything after the network is done as ever",
    "A label volume on the tomogram's grid in which each vesicle has its number",
)
_KINDS = ("", "mask", "instances")
_FILTER = "Volumes (*.mrc *.rec *.map *.tif *.tiff *.zarr.zip zarr.json .zattrs);;All files (*)"


class FoundBy(QComboBox):
    """A choice that asks for the file; passive otherwise."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.file = ""
        self._chosen = NETWORK
        for number, (title, hint) in enumerate(zip(_TITLES, _HINTS, strict=True)):
            self.addItem(title)
            self.setItemData(number, hint, Qt.ItemDataRole.ToolTipRole)
        self.setToolTip("Who says where vesicles are; spheres are fitted and judged here either way")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.activated.connect(self._choose)

    @property
    def is_network(self) -> bool:
        return self._chosen == NETWORK

    @property
    def probability(self) -> str | None:
        return self.file if self._chosen == PROBABILITY else None

    @property
    def labels(self) -> str | None:
        return self.file if self._chosen == LABELS else None

    def back_to_network(self) -> None:
        """For another tomogram: a map belongs to its own."""
        self._take(NETWORK, "")

    def _choose(self, chosen: int) -> None:
        if chosen == NETWORK:
            self._take(NETWORK, "")
            return
        name, _ = QFileDialog.getOpenFileName(self, _TITLES[chosen], "", _FILTER)
        if name:
            self._take(chosen, name)
        else:
            self.setCurrentIndex(self._chosen)

    def _take(self, chosen: int, file: str) -> None:
        is_other = (chosen, file) != (self._chosen, self.file)
        self._chosen, self.file = chosen, file
        for number in (PROBABILITY, LABELS):
            self.setItemText(
                number, f"{Path(file).name} ({_KINDS[number]})" if number == chosen else _TITLES[number]
            )
            self.setItemData(
                number, file if number == chosen else _HINTS[number], Qt.ItemDataRole.ToolTipRole
            )
        self.setCurrentIndex(chosen)
        if is_other:
            self.changed.emit()

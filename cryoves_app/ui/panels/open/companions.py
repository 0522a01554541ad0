"""The list of volumes on one grid, and which of them is drawn."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.project.companions import CompanionVolumes


class CompanionsView(QWidget):
    """Passive. A choice of what is shown, once there is more than the tomogram; and a button that adds a volume."""

    chosen = Signal(int)
    add_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown = QComboBox()
        self.shown.setToolTip("The volume that the views draw (W shows the next)")
        self.shown.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.shown.setMinimumContentsLength(10)
        self.shown.activated.connect(self.chosen)
        self._label = QLabel("Shown")
        self.add = QPushButton("Add another volume…")
        self.add.setToolTip(
            "Of the same grid, for instance before denoising: to look at, for the network or the fit"
        )
        self.add.clicked.connect(self.add_wanted)
        line = QHBoxLayout()
        line.addWidget(self._label)
        line.addWidget(self.shown, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 6, 0, 0)
        box.addLayout(line)
        box.addWidget(self.add)
        self.show_volumes([], 0)

    def show_volumes(self, names: list[str], shown: int) -> None:
        """Names of the volumes, the tomogram first."""
        self.shown.clear()
        self.shown.addItems(names)
        self.shown.setCurrentIndex(shown)
        for widget in (self._label, self.shown):
            widget.setVisible(len(names) > 1)
        self.setVisible(bool(names))


class CompanionsPresenter(QObject):
    """Keeps the list in step with the project's volumes."""

    def __init__(self, view: CompanionsView, volumes: CompanionVolumes) -> None:
        super().__init__(volumes)
        self.view, self._volumes = view, volumes
        view.chosen.connect(volumes.show)
        view.add_wanted.connect(volumes.ask)
        volumes.changed.connect(self.refresh)

    def refresh(self) -> None:
        self.view.show_volumes(self._volumes.names, self._volumes.shown)

    def commands(self) -> list[Command]:
        """The keys that show the next volume, and two at a time."""

        def several() -> bool:
            return len(self._volumes.names) > 1

        return [
            Command(
                key="view.compare",
                text="Compare two volumes (swipe)",
                run=lambda: self._volumes.compare(not self._volumes.comparing),
                menu="View",
                icon="compare",
                shortcuts=("Shift+W",),
                enabled=several,
                checked=lambda: self._volumes.comparing,
                hint="Raw and denoised side by side in each slice, with a divider that can be dragged",
                needs="needs another volume, added under Open",
            ),
            Command(
                key="view.next_volume",
                text="Next volume of this tomogram",
                run=self._volumes.show_next,
                menu="View",
                icon="layers-outline",
                shortcuts=("W",),
                enabled=several,
                hint="Raw or denoised, for instance, on the same grid",
                needs="needs another volume, added under Open",
            ),
        ]

"""What points are to be like: the fields, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.in_plane import IN_PLANE_TITLES, InPlane

#: Word on the command line → what is ticked, and what it is for.
FORMATS = (
    ("star", "RELION (.star)", "Particles with places, angles and the vesicle's id"),
    ("dynamo", "Dynamo (.tbl)", "A table; the vesicle's id is in column 21"),
    ("motl", "EM motive list (.em)", "For TOM, AV3, cryoCAT and ArtiaX"),
    ("copick", "copick picks (.json)", "Oriented points in ångström; the vesicle's id is the instance"),
)
_FULL_TILT = 90.0
_MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class PointChoice:
    """The fields as they stand; lengths in nm, angles in degrees, ``None`` where a file is not wanted."""

    formats: tuple[str, ...]
    spacing_nm: float
    offset_nm: float
    contact_nm: float
    tilt_range_deg: float
    in_plane: InPlane
    seed: int
    relion: int
    relion_binning: float
    crop_margin_nm: float | None
    shell_nm: float | None


class PointFields(QWidget):
    """Passive; what is not asked for is greyed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._make_places()
        self._make_files()
        form = QFormLayout()
        form.addRow("From point to point", self.spacing)
        form.addRow("Outwards of the membrane", self.offset)
        form.addRow("Clear of other vesicles by", self.contacts)
        form.addRow(self.wedge, self.tilt)
        turning = QHBoxLayout()
        turning.addWidget(self.in_plane, 1)
        turning.addWidget(self.seed)
        form.addRow("Turned about the normal", turning)
        form.addRow(self.crops, self.margin)
        form.addRow(self.shells, self.thickness)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(self._make_formats())
        box.addLayout(form)
        self._connect()

    def _make_places(self) -> None:
        self.spacing = _length(5.0, 0.1, 1000.0)
        self.spacing.setToolTip("How far the nearest point of the same vesicle is away")
        self.offset = _length(0.0, -1000.0, 1000.0)
        self.offset.setToolTip("From the membrane's outer edge; negative is towards the lumen")
        self.contacts = _length(5.0, 0.0, 1000.0)
        self.contacts.setSpecialValueText("no matter")
        self.contacts.setToolTip("Points nearer than this to another vesicle's outer edge are left out")
        self.wedge = QCheckBox("Leave out the missing wedge")
        self.wedge.setToolTip("The caps at top and bottom, whose membrane a tilt series does not show")
        self.tilt = QDoubleSpinBox(minimum=1.0, maximum=89.0, decimals=1, prefix="tilted by ± ", suffix="°")
        self.tilt.setValue(60.0)
        self.in_plane = QComboBox()
        for rule, title in IN_PLANE_TITLES.items():
            self.in_plane.addItem(title, rule)
        self.in_plane.setToolTip(
            "What the x axis of each point looks to, across the normal. "
            "Random keeps the missing wedge from adding up in the average"
        )
        self.seed = QSpinBox(minimum=0, maximum=_MOST_SEED, prefix="seed ")
        self.seed.setToolTip("The same seed gives the same angles")

    def _make_files(self) -> None:
        self.crops = QCheckBox("A crop of the tomogram each")
        self.crops.setToolTip("One MRC file for each vesicle, which lies over the tomogram in other programs")
        self.margin = _length(10.0, 0.0, 1000.0)
        self.margin.setPrefix("wider by ")
        self.shells = QCheckBox("A mask of the membrane each")
        self.shells.setToolTip("One MRC file for each vesicle: 1 about the membrane's middle, 0 elsewhere")
        self.thickness = _length(8.0, 0.1, 1000.0)
        self.thickness.setSuffix(" nm thick")

    def _make_formats(self) -> QVBoxLayout:
        self.ticks: dict[str, QCheckBox] = {}
        for key, title, purpose in FORMATS:
            self.ticks[key] = QCheckBox(title)
            self.ticks[key].setToolTip(purpose)
        self.ticks["star"].setChecked(True)
        self.relion = QComboBox()
        self.relion.addItem("RELION 5", 5)
        self.relion.addItem("RELION 3 or 4", 4)
        self.relion_binning = QDoubleSpinBox(minimum=1.0, maximum=64.0, decimals=2, prefix="binned by ")
        self.relion_binning.setToolTip("How many unbinned pixels a voxel of this tomogram is wide")
        star = QHBoxLayout()
        for widget in (self.ticks["star"], self.relion, self.relion_binning):
            star.addWidget(widget)
        star.addStretch(1)
        box = QVBoxLayout()
        box.addWidget(QLabel("Files of points"))
        box.addLayout(star)
        for key in ("dynamo", "motl", "copick"):
            box.addWidget(self.ticks[key])
        return box

    def _connect(self) -> None:
        for box in (*self.ticks.values(), self.wedge, self.crops, self.shells):
            box.toggled.connect(self._show)
        for number in (self.spacing, self.offset, self.contacts, self.tilt, self.relion_binning):
            number.valueChanged.connect(self.changed)
        for choice in (self.relion, self.in_plane):
            choice.currentIndexChanged.connect(self._show)
        self._show()

    def _show(self) -> None:
        for box, field in (
            (self.wedge, self.tilt),
            (self.crops, self.margin),
            (self.shells, self.thickness),
        ):
            field.setEnabled(box.isChecked())
        self.seed.setVisible(self.in_plane.currentData() == InPlane.RANDOM)
        star = self.ticks["star"].isChecked()
        self.relion.setEnabled(star)
        self.relion_binning.setVisible(star and self.relion.currentData() == 4)
        self.changed.emit()

    @property
    def choice(self) -> PointChoice:
        relion = int(self.relion.currentData())
        return PointChoice(
            tuple(key for key, tick in self.ticks.items() if tick.isChecked()),
            self.spacing.value(),
            self.offset.value(),
            self.contacts.value(),
            self.tilt.value() if self.wedge.isChecked() else _FULL_TILT,
            InPlane(self.in_plane.currentData()),
            self.seed.value(),
            relion,
            self.relion_binning.value() if relion == 4 else 1.0,
            self.margin.value() if self.crops.isChecked() else None,
            self.thickness.value() if self.shells.isChecked() else None,
        )


def _length(value: float, low: float, high: float) -> QDoubleSpinBox:
    return QDoubleSpinBox(minimum=low, maximum=high, decimals=1, suffix=" nm", value=value)

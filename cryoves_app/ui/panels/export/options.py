"""The formats, each with the choices that unfold when it is ticked."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.export_formats import EXPORT_FORMATS
from cryoves_app.ui.panels.export.findings import FindingList
from cryoves_app.workflow.export.export_material import ExportOptions

_FIRST = ("imod", "csv")
#: The voxel sizes on which Pyto's segmentation was used.
PYTO_NM = (2.1, 2.4)
_MOST_BINNING = 8
#: Formats that can hold shapes.
_SHAPED = {"labels", "tiff", "zarr", "star"}


class FormatList(QWidget):
    """Ticks and choices; passive."""

    changed = Signal()
    check_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._voxel_nm = 0.0
        self.ticks: dict[str, QCheckBox] = {}
        self.contours = QCheckBox("Outlines of each vesicle, too")
        self.contours.setToolTip("Closed contours on every slice, besides the points with sizes")
        self.binning = QSpinBox()
        self.binning.setRange(1, _MOST_BINNING)
        self.binning.setSuffix(" times")
        self.binned = QLabel()
        self.link = QCheckBox("Link instead of a copy")
        self.link.setToolTip(
            "A link to the tomogram saves disk space, but breaks when one of the two is moved"
        )
        self.check = QPushButton("Check for Pyto")
        self.findings = FindingList()
        self.shapes = QCheckBox("Shapes instead of spheres")
        self.shapes.setToolTip(
            "Labels hold each vesicle as its membrane was measured, and particles have its axes, too; Pyto, IMOD and "
            "the others have spheres"
        )
        self.relion = QComboBox()
        self.relion.addItem("RELION 5", 5)
        self.relion.addItem("RELION 3 or 4", 4)
        self.relion_binning = QDoubleSpinBox()
        self.relion_binning.setRange(1.0, 64.0)
        self.relion_binning.setDecimals(2)
        self.zarr_version = QComboBox()
        self.zarr_version.addItem("Version 0.4", "0.4")
        self.zarr_version.addItem("Version 0.5", "0.5")
        self.zarr_version.setToolTip("0.4 is read by more programs today, copick among them")
        self.probability = QCheckBox("With the network's probabilities")
        self.probability.setToolTip("As an image of its own inside, on the tomogram's grid")
        self.probability.setChecked(True)
        self.probability.hide()
        self._choices = {
            "imod": self._imod(),
            "pyto": self._pyto(),
            "star": self._star(),
            "zarr": _indented(self.zarr_version, self.probability),
            "copick": self._copick(),
            "portal": self._portal(),
        }
        self._build()

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(3)
        for kind in EXPORT_FORMATS:
            tick = QCheckBox(kind.title)
            tick.setToolTip(kind.purpose)
            tick.setChecked(kind.key in _FIRST)
            self.ticks[kind.key] = tick
            box.addWidget(tick)
            if kind.key in self._choices:
                box.addWidget(self._choices[kind.key])
            tick.toggled.connect(lambda _on: self._unfold())
        box.addWidget(self.shapes)
        self.shapes.toggled.connect(lambda _on: self.changed.emit())
        self.binning.valueChanged.connect(lambda _value: self._show_binned())
        self.relion.currentIndexChanged.connect(lambda _index: self._unfold())
        self.check.clicked.connect(self.check_wanted)
        self._unfold()

    def _imod(self) -> QWidget:
        return _indented(self.contours)

    def _pyto(self) -> QWidget:
        part = _indented()
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Voxels larger by", self.binning)
        part.layout().addLayout(form)  # type: ignore[union-attr]
        for widget in (self.binned, self.link, self.check, self.findings):
            part.layout().addWidget(widget)  # type: ignore[union-attr]
        self.binned.setWordWrap(True)
        self.binned.setProperty("faint", True)
        return part

    def _star(self) -> QWidget:
        self.relion_row = QWidget()
        form = QFormLayout(self.relion_row)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Binned by", self.relion_binning)
        self.relion_binning.setToolTip("How many unbinned pixels a voxel of this tomogram is wide")
        return _indented(self.relion, self.relion_row)

    def _copick(self) -> QWidget:
        self.copick = QLineEdit()
        self.copick.setPlaceholderText("copick.json of the project")
        self.copick.setToolTip("The configuration of the project; what others have in it is not touched")
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose_copick)
        return _indented(self.copick, choose)

    def _choose_copick(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "The copick project", "", "copick configurations (*.json)"
        )
        if name:
            self.copick.setText(name)

    def _portal(self) -> QWidget:
        self.authors = QLineEdit()
        self.authors.setPlaceholderText("Ada Lovelace:0000-0002-1825-0097")
        self.authors.setToolTip(
            "Who annotated, each with an ORCID and parted by commas; the first is the primary author"
        )
        self.truth = QLineEdit()
        self.truth.setPlaceholderText("A truth to compare with, if any")
        self.truth.setToolTip(
            "A file of vesicles known to be true (project, table, IMOD model, labels, annotation): precision and "
            "recall go along as the annotation's confidence"
        )
        return _indented(self.authors, self.truth)

    def _unfold(self) -> None:
        for key, part in self._choices.items():
            part.setVisible(self.ticks[key].isChecked())
        self.relion_row.setVisible(self.relion.currentData() == 4)
        self.shapes.setVisible(bool(_SHAPED & set(self.chosen())))
        self.changed.emit()

    def offer_probability(self, is_there: bool) -> None:
        """Whether there is a map that can go with an OME-Zarr image."""
        self.probability.setVisible(is_there)

    def show_voxel_size(self, voxel_nm: float) -> None:
        """Propose the binning that brings the tomogram to Pyto's usual voxel size."""
        if voxel_nm != self._voxel_nm:
            self._voxel_nm = voxel_nm
            self.binning.setValue(usual_binning(voxel_nm))
            self._show_binned()

    def _show_binned(self) -> None:
        size = self._voxel_nm * self.binning.value()
        usual = (
            ""
            if PYTO_NM[0] <= size <= PYTO_NM[1]
            else f"; published with {PYTO_NM[0]:g} to {PYTO_NM[1]:g} nm"
        )
        self.binned.setText(f"{size:.3g} nm per voxel{usual}")
        self.findings.clear()
        self.changed.emit()

    def chosen(self) -> list[str]:
        return [key for key, tick in self.ticks.items() if tick.isChecked()]

    def options(self, *, despite_problems: bool = False) -> ExportOptions:
        """The choices as they stand."""
        relion = int(self.relion.currentData())
        return ExportOptions(
            pyto_binning=self.binning.value(),
            pyto_link=self.link.isChecked(),
            pyto_despite_problems=despite_problems,
            imod_contours=self.contours.isChecked(),
            relion=relion,
            relion_binning=self.relion_binning.value() if relion == 4 else 1.0,
            copick=self.copick.text().strip(),
            authors=tuple(name.strip() for name in self.authors.text().split(",") if name.strip()),
            truth=self.truth.text().strip(),
            zarr_version=str(self.zarr_version.currentData()),
            shapes=self.shapes.isChecked() and bool(_SHAPED & set(self.chosen())),
        )


def usual_binning(voxel_nm: float) -> int:
    """The factor that leads nearest to Pyto's voxel sizes; 1 for those that are large enough already."""
    low, high = PYTO_NM
    factors = [n for n in range(2, _MOST_BINNING + 1) if low <= n * voxel_nm <= high]
    return factors[0] if factors else 1


def _indented(*widgets: QWidget) -> QWidget:
    part = QWidget()
    box = QVBoxLayout(part)
    box.setContentsMargins(24, 0, 0, 4)
    box.setSpacing(4)
    for widget in widgets:
        box.addWidget(widget)
    return part

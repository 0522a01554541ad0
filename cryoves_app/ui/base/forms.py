"""Forms made from the recipe's dataclasses: label, unit, help and range come from the field itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import Field
from enum import StrEnum
from typing import Any, get_type_hints

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

from cryoves_app.domain.recipe import Recipe, parameters
from cryoves_app.domain.wording import words_and_unit
from cryoves_app.ui.base import theme

SECTIONS = {
    "input": "Tomogram",
    "network": "Network",
    "instances": "Vesicles from the map",
    "fit": "Fit",
    "outliers": "Doubtful vesicles",
}
#: Where the field's name alone would puzzle a reader.
LABELS = {
    "p_cut": "p-value cut",
    "contrast": "Membranes",
    "normalisation": "Grey values",
    "rule": "Rule",
    "tilt_range_deg": "Largest tilt",
}
#: What the lowest value means, where it stands for something else.
LOWEST = {
    "threshold": "automatic",
    "smallest_radius_nm": "half expected",
    "largest_radius_nm": "twice expected",
    "smoothing_px": "off",
}


def label_of(name: str) -> str:
    """``expected_radius_nm`` → ``Expected radius``; the unit stands behind the value."""
    return LABELS.get(name) or words_and_unit(name)[0].capitalize()


def decimals_of(default: float, low: float, high: float) -> int:
    """Digits behind the point that a value of this range needs."""
    if 0 < default < 0.01 or high < 1:
        return 5
    span = high - low
    return 3 if span <= 1 else 2 if span <= 10 else 1


class ValueEditor:
    """A widget that edits one value, and how to read, write and watch it."""

    def __init__(
        self, widget: QWidget, get: Callable[[], Any], put: Callable[[Any], None], signal: Any
    ) -> None:
        self.widget, self.get, self.put, self.changed = widget, get, put, signal


def editor_for(field: Field[Any], kind: Any) -> ValueEditor:
    """The widget that fits a parameter's type."""
    if kind is bool:
        box = QCheckBox()
        return ValueEditor(box, box.isChecked, box.setChecked, box.toggled)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice(kind)
    return _number(field, kind)


def _choice(kind: type[StrEnum]) -> ValueEditor:
    combo = QComboBox()
    for choice in kind:
        combo.addItem(choice.value.replace("_", " ").capitalize(), choice)
    return ValueEditor(
        combo,
        lambda: kind(combo.currentData()),
        lambda v: combo.setCurrentIndex(combo.findData(v)),
        combo.currentIndexChanged,
    )


def _number(field: Field[Any], kind: Any) -> ValueEditor:
    low, high = field.metadata["low"], field.metadata["high"]
    default: Any = field.default
    spin: QSpinBox | QDoubleSpinBox
    if kind is int:
        spin = QSpinBox()
        spin.setRange(int(low), int(high))
    else:
        spin = QDoubleSpinBox()
        spin.setDecimals(decimals_of(default, low, high))
        spin.setRange(low, high)
        spin.setSingleStep(10.0 ** math.floor(math.log10((high - low) / 20)))
    unit = field.metadata["unit"]
    if unit:
        spin.setSuffix(f" {unit}")
    spin.setSpecialValueText(LOWEST.get(field.name, ""))
    spin.setKeyboardTracking(False)
    return ValueEditor(spin, spin.value, spin.setValue, spin.valueChanged)


class RecipeForm(QWidget):
    """Edits a recipe. Advanced parameters are folded away; changed ones are marked and can be reset."""

    changed = Signal(object)  # Recipe

    def __init__(self, recipe: Recipe | None = None) -> None:
        super().__init__()
        self._recipe = recipe or Recipe()
        self._reference = Recipe()
        self._rows: dict[tuple[str, str], _Row] = {}
        self._filling = False
        self._build()
        self.set_recipe(self._recipe)

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        plain = self._form()
        self._add_fields(plain, advanced=False, sections=tuple(SECTIONS))
        box.addLayout(plain)
        self.advanced = QCollapsible("More parameters", expandedIcon="▾", collapsedIcon="▸")
        self.advanced.layout().setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        inner_box = QVBoxLayout(inner)
        inner_box.setContentsMargins(0, 0, 0, 0)
        for section, title in SECTIONS.items():
            inner_box.addWidget(QLabel(f"<b>{title}</b>"))
            form = self._form()
            self._add_fields(form, advanced=True, sections=(section,))
            inner_box.addLayout(form)
        self.advanced.addWidget(inner)
        box.addWidget(self.advanced)

    @staticmethod
    def _form() -> QFormLayout:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(4)
        return form

    def _add_fields(self, form: QFormLayout, *, advanced: bool, sections: tuple[str, ...]) -> None:
        for section in sections:
            settings = getattr(Recipe(), section)
            hints = get_type_hints(type(settings))
            for field in parameters(settings):
                if field.metadata["advanced"] == advanced:
                    row = _Row(field, editor_for(field, hints[field.name]))
                    row.editor.changed.connect(lambda *_args, s=section, n=field.name: self._edited(s, n))
                    row.reset.clicked.connect(lambda _=False, s=section, n=field.name: self._reset(s, n))
                    form.addRow(row.label, row.widget)
                    self._rows[section, field.name] = row

    def set_reference(self, recipe: Recipe) -> None:
        """The recipe that changed values are compared with."""
        self._reference = recipe
        self._mark()

    def set_recipe(self, recipe: Recipe) -> None:
        """Show a recipe without emitting."""
        self._recipe = recipe
        self._filling = True
        for (section, name), row in self._rows.items():
            row.editor.put(getattr(getattr(recipe, section), name))
        self._filling = False
        self._mark()

    def value(self, section: str, name: str) -> Any:
        """What is shown for one parameter."""
        return self._rows[section, name].editor.get()

    def editor(self, section: str, name: str) -> QWidget:
        """The widget of one parameter."""
        return self._rows[section, name].editor.widget

    def reset_button(self, section: str, name: str) -> QToolButton:
        return self._rows[section, name].reset

    def _edited(self, section: str, name: str) -> None:
        if self._filling:
            return
        self._recipe = self._recipe.with_value(section, name, self.value(section, name))
        self._mark()
        self.changed.emit(self._recipe)

    def _reset(self, section: str, name: str) -> None:
        self._rows[section, name].editor.put(getattr(getattr(self._reference, section), name))

    def _mark(self) -> None:
        for (section, name), row in self._rows.items():
            now = getattr(getattr(self._recipe, section), name)
            row.mark(now != getattr(getattr(self._reference, section), name))

    @property
    def changed_count(self) -> int:
        return sum(row.is_changed for row in self._rows.values())


class _Row:
    """Label, editor and reset button of one parameter."""

    def __init__(self, field: Field[Any], editor: ValueEditor) -> None:
        self.editor = editor
        self.is_changed = False
        self.label = QLabel(label_of(field.name))
        self.label.setWordWrap(True)
        self.reset = QToolButton()
        self.reset.setAutoRaise(True)
        self.reset.setIcon(theme.coloured_icon("backup-restore", theme.ORANGE))
        self.reset.setToolTip("Changed; click to reset")
        self.widget = QWidget()
        line = QHBoxLayout(self.widget)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        line.addWidget(editor.widget, 1)
        line.addWidget(self.reset)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        for widget in (self.label, editor.widget):
            widget.setToolTip(field.metadata["help"])

    def mark(self, changed: bool) -> None:
        self.is_changed = changed
        self.reset.setVisible(changed)
        font = self.label.font()
        font.setBold(changed)
        self.label.setFont(font)

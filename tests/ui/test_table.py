"""The vesicle table: values, sorting, filter line, clipboard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.measures import MEASURES, format_p, short_p
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_filter import parse_filter
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.panels.vesicles.presenter import VesiclesPresenter, counts_text
from cryoves_app.ui.viewers.view_state import ViewState

COLUMN = {m.key: c for c, m in enumerate(MEASURES)}


@pytest.fixture
def panel(document: Document, qtbot: object) -> VesiclesPresenter:
    panel = VesiclesPresenter(document, ViewState())
    qtbot.addWidget(panel.view)  # type: ignore[attr-defined]
    panel.view.show()
    return panel


def test_numbers_sort_as_numbers_and_unknown_ones_come_last(
    panel: VesiclesPresenter, document: Document
) -> None:
    first = document.vesicles.vesicles[0]
    document.set_vesicles(document.vesicles.replaced([first.but(radius_nm=100.0, p_value=None)]))
    panel.view.table.sortByColumn(COLUMN["radius_nm"], Qt.SortOrder.AscendingOrder)
    assert panel.shown_ids() == [*range(2, 13), 1]
    panel.view.table.sortByColumn(COLUMN["p_value"], Qt.SortOrder.AscendingOrder)
    assert panel.shown_ids()[-1] == 1


def test_units_stand_in_the_headers_and_voxels_follow_the_voxel_size(panel: VesiclesPresenter) -> None:
    head = [panel.model.headerData(c, Qt.Orientation.Horizontal) for c in range(panel.model.columnCount())]
    assert "radius (nm)" in head
    assert "x (voxel)" in head
    row = panel.model.row_of(1)
    assert panel.model.index(row, COLUMN["x_px"]).data() == "5.0"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("outlier", [2, 6, 10]),
        ("radius > 20.9", [11, 12]),
        ("p < 0.001 rejected", [12]),
        ("p<=0.001 rejected", [4, 12]),
        ("low contrast radius<17", [2]),
        ("", list(range(1, 13))),
    ],
)
def test_filter_line(panel: VesiclesPresenter, text: str, ids: list[int]) -> None:
    panel.view.filter.setText(text)
    assert sorted(panel.shown_ids()) == ids


def test_a_wrong_column_is_answered_with_a_sentence(panel: VesiclesPresenter) -> None:
    with pytest.raises(CryoVesError, match="colour"):
        parse_filter("colour > 3")
    panel.view.filter.setText("colour > 3")
    assert "colour" in panel.view.hint.text()
    assert len(panel.shown_ids()) == 12
    panel.view.filter.setText("")
    assert not panel.view.hint.isVisible()


def test_only_unchecked(panel: VesiclesPresenter) -> None:
    panel.view.unchecked.setChecked(True)
    assert sorted(panel.shown_ids()) == [2, 3, 5, 6, 8, 9, 11, 12]


def test_what_a_filter_hides_stays_selected(panel: VesiclesPresenter, document: Document) -> None:
    document.select([1, 2])  # of which 1 is checked
    panel.view.unchecked.setChecked(True)
    assert document.selection == (1, 2)
    panel.view.filter.setText("no such word")
    assert document.selection == (1, 2)
    document.set_vesicles(document.vesicles.replaced([document.vesicles.vesicles[1].but(reviewed=True)]))
    assert document.selection == (1, 2)
    panel.view.filter.setText("")
    panel.view.unchecked.setChecked(False)
    rows = [index.row() for index in panel.view.table.selectionModel().selectedRows()]
    assert sorted(rows) == sorted(panel.shown_ids().index(i) for i in (1, 2))


def test_selection_goes_both_ways(panel: VesiclesPresenter, document: Document, qtbot: Any) -> None:
    document.select([3, 5])
    assert panel.view.table.selectionModel().selectedRows()[0].row() >= 0
    assert len(panel.view.table.selectionModel().selectedRows()) == 2
    table = panel.view.table
    place = table.visualRect(panel.model.index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert document.selection == (panel.shown_ids()[0],)
    assert document.cursor == pytest.approx(document.current.sphere.to_px(2.0)[:3])  # type: ignore[union-attr]


def test_copy_puts_header_and_rows_on_the_clipboard(panel: VesiclesPresenter, document: Document) -> None:
    document.select([7])
    panel.view.table.copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].startswith("id\tstatus\tp\tradius (nm)")
    assert lines[1].startswith("7\taccepted\t1\t19.0")


def test_changing_one_vesicle_keeps_the_rows(panel: VesiclesPresenter, document: Document) -> None:
    resets = []
    panel.model.modelReset.connect(lambda: resets.append(1))
    document.set_vesicles(document.vesicles.replaced([document.vesicles.vesicles[4].but(radius_nm=33.0)]))
    assert not resets
    row = panel.model.row_of(5)
    assert row is not None
    assert panel.model.value(row, "radius_nm") == 33.0


def test_counts(vesicles: VesicleSet) -> None:
    assert counts_text(vesicles) == "6 accepted · 3 outliers · 3 rejected"
    assert counts_text(VesicleSet()) == ""


def test_p_values_read_well() -> None:
    assert [short_p(p) for p in (None, 1.0, 0.00321, 1.55e-5)] == ["", "1", "0.0032", "1.6e−5"]
    assert [format_p(p) for p in (None, 0.5, 0.00321, 1e-9)] == ["p –", "p 0.5", "p 0.0032", "p < 0.0001"]


def test_only_unlikely_vesicles_are_coloured(panel: VesiclesPresenter, document: Document) -> None:
    document.set_vesicles(
        VesicleSet.of(
            Vesicle(i, 20.0, 20.0, 20.0, 18.0, p_value=p) for i, p in enumerate((0.5, 0.02, 0.009, 1e-5), 1)
        )
    )
    column = next(n for n, m in enumerate(MEASURES) if m.key == "p_value")
    cells = [
        panel.model.data(
            panel.model.index(panel.model.row_of(number), column), Qt.ItemDataRole.BackgroundRole
        )
        for number in range(1, 5)
    ]
    assert cells[:2] == [None, None]
    assert 0 < cells[2].alphaF() < cells[3].alphaF() <= 1


def watched(panel: VesiclesPresenter) -> list[tuple[str, int]]:
    """What the model tells its views from now on: kind, and how many rows."""
    told: list[tuple[str, int]] = []
    model = panel.model
    model.modelReset.connect(lambda: told.append(("reset", model.rowCount())))
    model.dataChanged.connect(lambda a, b: told.append(("changed", b.row() - a.row() + 1)))
    model.rowsRemoved.connect(lambda _parent, a, b: told.append(("removed", b - a + 1)))
    model.rowsInserted.connect(lambda _parent, a, b: told.append(("inserted", b - a + 1)))
    model.layoutChanged.connect(lambda: told.append(("moved", model.rowCount())))
    return told


def test_an_edit_touches_the_rows_that_it_changes_and_no_others(
    panel: VesiclesPresenter, document: Document
) -> None:
    many = VesicleSet.of(Vesicle(i, 20.0, 20.0, 20.0, 18.0, p_value=1 - i / 1000) for i in range(1, 1001))
    document.set_vesicles(many)
    told = watched(panel)
    document.set_vesicles(many.replaced([many.vesicles[500].but(reviewed=True)]))
    assert told == [("changed", 1)]
    panel.view.unchecked.setChecked(True)
    document.select([700])
    told.clear()
    document.set_vesicles(document.vesicles.replaced([many.vesicles[300].but(reviewed=True)]))
    assert told == [("removed", 1)]
    assert document.selection == (700,)
    document.set_vesicles(document.vesicles.replaced([many.vesicles[300]]))
    assert told[1:] == [("inserted", 1)]
    document.set_vesicles(document.vesicles.replaced([many.vesicles[300].but(p_value=0.9999)]))
    assert told[2:] == [("moved", 998 + 1)]
    assert panel.shown_ids()[-1] == 301
    assert [i.row() for i in panel.view.table.selectionModel().selectedRows()] == [panel.model.row_of(700)]


def test_sorting_asks_for_each_value_once(panel: VesiclesPresenter, document: Document) -> None:
    asked: list[int] = []
    measure = MEASURES[COLUMN["p_value"]]
    column = [*MEASURES]
    column[COLUMN["p_value"]] = replace(measure, value=lambda v, _voxel: asked.append(v.id) or v.p_value)
    with pytest.MonkeyPatch.context() as patch:
        panel.model.sort(COLUMN["radius_nm"])
        patch.setattr("cryoves_app.ui.models.vesicle_table.MEASURES", tuple(column))
        panel.model.sort(COLUMN["p_value"], Qt.SortOrder.DescendingOrder)
        assert sorted(asked) == list(range(1, 13))
        asked.clear()
        edited = document.vesicles.vesicles[4].but(p_value=0.5)
        document.set_vesicles(document.vesicles.replaced([edited]))
        assert asked == [edited.id]
        panel.model.sort(COLUMN["p_value"])
        panel.model.sort(COLUMN["p_value"], Qt.SortOrder.DescendingOrder)
        assert asked == [edited.id]
    values = [v.p_value for v in panel.model.vesicles]
    assert values == sorted(values, reverse=True)  # type: ignore[type-var]

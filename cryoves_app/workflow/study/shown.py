"""Means and tests of a study as rows for people, in the window and on the terminal."""

from __future__ import annotations

from cryoves_app.analysis.study.comparison import NoTest
from cryoves_app.workflow.study.names import Cells
from cryoves_app.workflow.study.study import Study

MEAN_HEADER = ("Measure", "Condition", "Tomograms", "Mean", "SD", "SE")
TEST_HEADER = ("Measure", "Test", "Conditions", "p", "Adjusted p", "No test")
_OBSTACLES = {
    NoTest.TOO_FEW: "too few values: two in each of two conditions are needed",
    NoTest.CONSTANT: "no spread within the conditions",
    NoTest.SMALL_COUNTS: "counts too small for χ²",
}


def mean_cells(study: Study) -> list[Cells]:
    """A row for each measure and condition."""
    return [
        (m.measure.axis_title, m.condition, str(m.count), _number(m.mean), _number(m.sd), _number(m.se))
        for m in study.means
    ]


def comparison_cells(study: Study) -> list[Cells]:
    """A row for each test."""
    titles = {m.key: m.axis_title for m in study.measures}
    return [
        (
            titles.get(t.subject, t.subject.capitalize()),
            t.method,
            " | ".join(t.conditions),
            _number(t.found.p_value),
            _number(t.adjusted_p),
            _OBSTACLES[t.found.obstacle] if t.found.obstacle else "",
        )
        for t in study.tests
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"

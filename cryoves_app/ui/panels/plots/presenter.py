"""Plots the vesicles of the document; what is picked in the plot is selected everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from cryoves_app.analysis.scores.descriptive import describe, rank_correlation
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.measures import BY_KEY, format_value
from cryoves_app.formats.tables.rows import write_rows
from cryoves_app.ui.panels.plots.data import PlotData, PlotKind, axis_title, plot_data
from cryoves_app.ui.panels.plots.saving import FILTERS, SUFFIXES, save_plot
from cryoves_app.ui.panels.plots.summary import COLUMNS, values_of
from cryoves_app.ui.panels.plots.view import PlotsView
from cryoves_app.ui.project.measuring import MeasureRefresher
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.project.measurements import pool_summary


class PlotsPresenter(QObject):
    """Draws anew after every change, while the plots are in sight."""

    def __init__(
        self, view: PlotsView, workspace: Workspace, projects: ProjectController, measuring: MeasureRefresher
    ) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._document = view, workspace, workspace.document
        self._projects, self._measuring = projects, measuring
        self.data: PlotData | None = None
        view.spec_changed.connect(self.refresh)
        view.shown.connect(self.refresh)
        view.save_wanted.connect(self._ask_and_save)
        view.save_summary_wanted.connect(self._ask_and_save_summary)
        view.chart.picked.connect(self._pick)
        view.chart.opened.connect(self._document.fly_to)
        for signal in (self._document.vesicles_changed, self._document.pools_changed, measuring.measured):
            signal.connect(self.refresh)
        self._document.selection_changed.connect(self._show_chart)
        self.refresh()

    def refresh(self) -> None:
        """Work out what is plotted, and the numbers of the pools."""
        vesicles = self._document.vesicles
        self.view.show_empty(empty=not len(vesicles))
        if not self.view.isVisible() or not len(vesicles):
            return
        pools = self._document.pools.names
        self.data = plot_data(vesicles, self.view.spec, pools, self._document.voxel_size_nm)
        self._show_chart()
        self.view.show_figures(figures_text(self.data))
        session = self._projects.session
        if session is not None:
            self.view.summary.show_rows(pool_summary(session.project, self._measuring.volumes_nm3), pools)

    def _show_chart(self) -> None:
        if self.data is not None and self.view.isVisible():
            self.view.chart.show_data(self.data, self._document.selection)

    def _pick(self, ids: list[int], add: bool) -> None:
        self._document.select([*self._document.selection, *ids] if add else ids)

    # -- files

    def _ask_and_save(self) -> None:
        if self.data is None:
            return
        name, chosen = QFileDialog.getSaveFileName(
            self.view, "Save the plot", self._proposed("plot.png"), FILTERS
        )
        if name:
            self.save(_with_suffix(Path(name), chosen))

    def save(self, path: Path) -> None:
        """Save the plot as it is now; its name says in which format."""
        if self.data is not None:
            self._tell_of(path, lambda data=self.data: save_plot(path, data))

    def _ask_and_save_summary(self) -> None:
        place = self._proposed("pools.csv")
        name, _ = QFileDialog.getSaveFileName(
            self.view, "Save the numbers of the pools", place, "Tables (*.csv)"
        )
        if name:
            self.save_summary(Path(name).with_suffix(".csv"))

    def save_summary(self, path: Path) -> None:
        """Save the numbers of the pools as a table."""
        session = self._projects.session
        if session is not None:
            rows = [values_of(row) for row in pool_summary(session.project, self._measuring.volumes_nm3)]
            self._tell_of(path, lambda: write_rows(path, [column[1] for column in COLUMNS], rows))

    def _tell_of(self, path: Path, save: object) -> None:
        try:
            save()  # type: ignore[operator]
        except CryoVesError as error:
            self._workspace.tell("error", str(error))
        else:
            self._workspace.tell("done", f"Saved as {path}.")

    def _proposed(self, ending: str) -> str:
        home = self._projects.proposed_home()
        return str(home.with_name(f"{home.stem}_{ending}")) if home else ending


def figures_text(data: PlotData) -> str:
    """Number, mean, standard deviation and median of what is plotted, or the correlation."""
    shown = int(np.count_nonzero(data.known))
    unknown = len(data.ids) - shown
    rest = f" · not known of {unknown}" if unknown else ""
    if not shown:
        return f"{axis_title(data.spec.x)} is not known of any of these vesicles."
    if data.spec.kind is PlotKind.SCATTER:
        found = rank_correlation(data.x, data.y)
        return f"n {shown}" + (f" · rank correlation {found:.2f}" if found is not None else "") + rest
    of = describe(data.x)
    decimals = BY_KEY[data.spec.x].decimals if data.spec.x != "p_value" else 2
    parts = [
        f"{name} {format_value(value, decimals)}"
        for name, value in (("mean", of.mean), ("SD", of.sd), ("median", of.median))
        if value is not None
    ]
    return " · ".join([f"n {shown}", *parts]) + rest


def _with_suffix(path: Path, chosen_filter: str) -> Path:
    """The name as typed where its ending says a format, else with the ending of the chosen one."""
    if path.suffix.lower() in SUFFIXES:
        return path
    ending = next((s for s in SUFFIXES if s in chosen_filter), SUFFIXES[0])
    return path.with_name(path.name + ending)

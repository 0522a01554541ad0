"""Takes changes of the pools into the project, and says what the distances of a vesicle are."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.measures import format_number
from cryoves_app.domain.pools import Band, FilterPool, PoolPlan, PoolRule
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.panels.measure.view import MeasureView
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.colouring import BY_POOL, BY_STATUS
from cryoves_app.workflow.common.summary import for_export

_BAND_NM = 50.0


class MeasurePresenter(QObject):
    """Every edit of a pool shows at once in the views; a division that cannot be is answered with a sentence."""

    plots_wanted = Signal()
    region_wanted = Signal()

    def __init__(self, view: MeasureView, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__(workspace)
        self.view, self._document, self._state = view, workspace.document, workspace.state
        self._projects = projects
        view.plan_edited.connect(self._take_edit)
        view.rule_chosen.connect(self._choose_rule)
        view.added.connect(self._add)
        view.removed.connect(self._remove)
        view.reset.connect(self._reset)
        view.colour_toggled.connect(self.colour_by_pool)
        view.plots_wanted.connect(self.show_plots)
        view.region_wanted.connect(self.region_wanted)
        self._document.vesicles_changed.connect(self.refresh)
        self._document.pools_changed.connect(self.refresh)
        projects.changed.connect(self._show_missing)
        self._document.selection_changed.connect(self._show_selected)
        self._state.changed.connect(lambda _names: self.view.show_coloured(self.is_coloured))
        self.refresh()

    @property
    def possible(self) -> bool:
        return self._projects.session is not None and len(self._document.vesicles) > 0

    @property
    def is_coloured(self) -> bool:
        return self._state.settings.colour_by == BY_POOL

    def refresh(self) -> None:
        """Show the pools and what is in them."""
        plan = self._document.pools
        counted = Counter(v.pool for v in for_export(self._document.vesicles))
        self.view.show_plan(plan, [counted[name] for name in plan.names])
        self._show_missing()
        self.view.show_hint("")
        self._show_selected()

    def _show_missing(self) -> None:
        self.view.show_missing(
            self._missing_text(), possible=self.possible, zone_missing=self.possible and not self._has_zone
        )

    @property
    def _has_zone(self) -> bool:
        session = self._projects.session
        regions = session.project.regions if session else ()
        return any(r.kind is RegionKind.ACTIVE_ZONE and r.contours for r in regions)

    def _missing_text(self) -> str:
        if not self.possible or self._has_zone:
            return ""
        return "Distances to the active zone need one; nearest neighbours are measured."

    def _show_selected(self) -> None:
        chosen = self._document.selected()
        text = distances_text(chosen[0]) if len(chosen) == 1 else mean_distances_text(chosen)
        self.view.show_selected(text)

    # -- the division

    def _take_edit(self) -> None:
        try:
            plan = self.view.table.plan()
        except CryoVesError as error:
            self.view.show_hint(str(error))
            return
        self._projects.set_pools(plan)
        self.refresh()

    def _choose_rule(self, rule: PoolRule) -> None:
        self._projects.set_pools(replace(self._document.pools, rule=rule))
        self.refresh()

    def _add(self) -> None:
        plan = self._document.pools
        if plan.by_distance:
            self._projects.set_pools(replace(plan, bands=_with_band(plan)))
        else:
            fresh = FilterPool(_fresh_name(plan.names), "radius > 25")
            self._projects.set_pools(replace(plan, filters=(*plan.filters, fresh)))

    def _remove(self) -> None:
        plan = self._document.pools
        row = self.view.table.currentRow()
        gone = row if row >= 0 else len(plan.names) - 1
        self._projects.set_pools(
            replace(plan, bands=plan.bands[:gone] + plan.bands[gone + 1 :])
            if plan.by_distance
            else replace(plan, filters=plan.filters[:gone] + plan.filters[gone + 1 :])
        )

    def _reset(self) -> None:
        """The usual pools, by the rule that is chosen."""
        plan = self._document.pools
        usual = PoolPlan(plan.rule)
        self._projects.set_pools(
            replace(usual, filters=plan.filters) if plan.by_distance else replace(usual, bands=plan.bands)
        )

    # -- to see

    def colour_by_pool(self, on: bool) -> None:
        """Colour the vesicles by pool in all views, or by status again."""
        self._state.change(colour_by=BY_POOL if on else BY_STATUS)

    def show_plots(self) -> None:
        """Colour by pool, and show plots and numbers."""
        self.colour_by_pool(True)
        self.plots_wanted.emit()

    def commands(self) -> list[Command]:
        return [
            Command(
                key="view.plots",
                text="Plots and numbers",
                run=self.show_plots,
                menu="View",
                icon="chart-histogram",
                shortcuts=("Ctrl+M",),
                enabled=lambda: self.possible,
                needs="needs vesicles",
                hint="Histograms, scatter plots, and the numbers of the pools",
                separated=True,
            )
        ]


#: Distances of a vesicle, each with what it means.
_DISTANCES = (
    ("nn_distance_nm", "to the nearest accepted vesicle, centre to centre"),
    ("az_centre_nm", "from the active zone to the centre"),
    ("az_rim_nm", "from the active zone to the rim (outer edge)"),
)


def distances_text(vesicle: Vesicle) -> str:
    """The distances of a vesicle, each with what it means."""
    lines = [f"<b>Vesicle {vesicle.id}</b>" + (f" · {vesicle.pool}" if vesicle.pool else "")]
    for key, meaning in _DISTANCES:
        value = getattr(vesicle, key)
        if value is not None:
            lines.append(f"{format_number(value, 1)} nm {meaning}")
    return "<br>".join(lines)


def mean_distances_text(vesicles: Sequence[Vesicle]) -> str:
    """The mean distances of several vesicles, over those of which each is known; empty for none."""
    if not vesicles:
        return ""
    lines = [f"<b>{len(vesicles)} vesicles</b>, on average"]
    for key, meaning in _DISTANCES:
        known = [value for v in vesicles if (value := getattr(v, key)) is not None]
        if known:
            of = f" ({len(known)} of them)" if len(known) < len(vesicles) else ""
            lines.append(f"{format_number(statistics.fmean(known), 1)} nm {meaning}{of}")
    return "<br>".join(lines)


def _with_band(plan: PoolPlan) -> tuple[Band, ...]:
    """One more band after the last."""
    last = plan.bands[-1].high_nm if plan.bands else 0.0
    if math.isfinite(last):
        return (*plan.bands, Band(_fresh_name(plan.names), last, last + _BAND_NM))
    low = max(plan.bands[-1].low_nm, 0.0) + _BAND_NM
    closed = replace(plan.bands[-1], high_nm=low)
    return (*plan.bands[:-1], closed, Band(_fresh_name(plan.names), low, math.inf))


def _fresh_name(taken: Iterable[str]) -> str:
    names = set(taken)
    return next(name for n in range(1, len(names) + 2) if (name := f"pool {n}") not in names)

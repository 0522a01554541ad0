"""Decides what the Region panel says, and hands its wishes to the editor and the tools."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from statistics import median

from PySide6.QtCore import QObject

from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.panels.region.details import HOW_TO
from cryoves_app.ui.panels.region.view import RegionLine, RegionView
from cryoves_app.ui.project.region_editor import RegionEditor
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.tools.tool_box import ToolBox
from cryoves_app.ui.viewers.regions.region_model import RegionModel

_NEEDS_LINES = "needs a region that is chosen under Region"


class RegionPresenter(QObject):
    """Between the panel, the model of regions, the editor and the tools."""

    def __init__(
        self, view: RegionView, workspace: Workspace, model: RegionModel, editor: RegionEditor, tools: ToolBox
    ) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._document = view, workspace, workspace.document
        self._model, self._editor, self._tools = model, editor, tools
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        view, details, model, editor = self.view, self.view.details, self._model, self._editor
        view.draw_wanted.connect(self.draw)
        view.zone_wanted.connect(lambda: self._tools.use("membrane"))
        view.chosen.connect(model.choose)
        view.shown_toggled.connect(lambda name, shown: model.show(name, shown=shown))
        view.renamed.connect(self._rename)
        view.remove_wanted.connect(editor.remove)
        details.kind_chosen.connect(editor.set_kind)
        details.tube_chosen.connect(self._set_tube)
        details.interpolate_toggled.connect(editor.set_interpolate)
        details.copy_wanted.connect(self.copy)
        details.clear_wanted.connect(lambda: editor.set_slice(self._z, (), "Clear a slice of"))
        details.extend_wanted.connect(editor.extend)
        details.contour_wanted.connect(lambda: self._tools.use("contour"))
        details.brush_wanted.connect(lambda: self._tools.use("brush"))
        model.changed.connect(self.refresh)
        self._document.cursor_changed.connect(self._show_slice)
        self._document.vesicles_changed.connect(self._show_inside)
        self._document.volume_changed.connect(self.refresh)
        self._tools.changed.connect(lambda _tool: self._show_current())
        self._workspace.acted.connect(lambda: view.set_possible(editor.can_edit))

    @property
    def _z(self) -> int:
        return round(self._document.cursor[0])

    # -- what is wanted

    def draw(self, kind: RegionKind) -> None:
        """The next contour begins a region of this kind."""
        self._model.begin(kind)
        self._tools.use("contour")

    def copy(self, step: int) -> None:
        """Copy the lines of this slice to one further on, and go there."""
        _, y, x = self._document.cursor
        if self._editor.copy_slice(self._z, step):
            self._document.move_cursor((self._z + step, y, x))

    def _rename(self, old: str, new: str) -> None:
        self._model.choose(old)
        if not self._editor.rename(new):
            self.refresh()

    def _set_tube(self, diameter_nm: float) -> None:
        if self._model.current is not None:
            self._editor.set_tube_nm(diameter_nm)
        else:
            self._model.set_next_tube_nm(diameter_nm)

    def commands(self) -> list[Command]:
        """Copying from slice to slice."""

        def possible() -> bool:
            return self._editor.can_edit and self._model.current is not None

        command = partial(Command, menu="Tools/Regions", enabled=possible, needs=_NEEDS_LINES, in_views=True)
        return [
            command(
                key="region.copy_up",
                text="Copy contours to the next slice",
                run=partial(self.copy, 1),
                icon="content-copy",
                shortcuts=("Ctrl+PgUp",),
            ),
            command(
                key="region.copy_down",
                text="Copy contours to the slice before",
                run=partial(self.copy, -1),
                shortcuts=("Ctrl+PgDown",),
            ),
        ]

    # -- what is shown

    def refresh(self) -> None:
        model = self._model
        lines = [RegionLine(r.name, r.kind, r.name not in model.hidden) for r in model.regions]
        self.view.show_regions(lines, model.current_name)
        self.view.set_possible(self._editor.can_edit)
        self._show_current()
        self._show_inside()

    def _show_current(self) -> None:
        current = self._model.current
        how_to = HOW_TO.get(self._tools.current.name, "") if self._document.volume is not None else ""
        volume = self._document.volume
        depth = volume.shape[0] if volume is not None else 0
        facts = describe_drawing(current, depth) if current else ""
        self.view.details.show_ends(can_extend=current is not None and bool(slices_beyond(current, depth)))
        self.view.details.show_region(current, self._model.kind, self._model.tube_nm, facts, how_to)
        self._show_slice()

    def _show_slice(self) -> None:
        current, volume = self._model.current, self._document.volume
        has_lines = current is not None and bool(current.on_slice(self._z))
        can_copy = volume is not None and self._z + 1 < volume.shape[0]
        self.view.details.show_slice(has_lines=has_lines, can_copy=can_copy)

    def _show_inside(self) -> None:
        accepted = [v for v in self._document.vesicles if v.status is Status.ACCEPTED]
        judged = [v for v in accepted if v.inside_region is not None]
        if not judged or not any(
            r.kind in (RegionKind.CYTOPLASM, RegionKind.EXCLUDE) for r in self._model.regions
        ):
            self.view.show_inside("")
            return
        inside = sum(bool(v.inside_region) for v in judged)
        text = (
            f"<b>{inside} of {len(accepted)}</b> accepted vesicles lie inside; the others are kept, "
            "but not exported."
        )
        self.view.show_inside(text + self._beyond_text(judged))

    def _beyond_text(self, judged: list[Vesicle]) -> str:
        """How many are outside only because the drawing ends."""
        drawn = [z for r in self._model.regions if r.kind is RegionKind.CYTOPLASM for z in r.drawn_slices]
        size = self._document.voxel_size_nm
        beyond = [v for v in judged if drawn and not min(drawn) - 0.5 <= v.z_nm / size <= max(drawn) + 0.5]
        if not beyond:
            return ""
        return (
            f" {len(beyond)} of those lie below or above the drawn slices (z {min(drawn)} to {max(drawn)})."
        )


def slices_beyond(region: Region, depth: int) -> int:
    """How many slices lie below and above what is drawn; 0 for what must not be drawn everywhere."""
    drawn = region.drawn_slices
    if not drawn or region.kind is RegionKind.EXCLUDE:
        return 0
    return drawn[0] + max(depth - 1 - drawn[-1], 0)


def describe_drawing(region: Region, depth: int) -> str:
    """On which slices a region is drawn, and which are filled in."""
    drawn = region.drawn_slices
    if not drawn:
        return "Nothing is drawn yet."
    if len(drawn) == 1:
        return f"Drawn on slice {drawn[0]}. Draw on another one to give it depth."
    step = median(b - a for a, b in pairwise(drawn))
    between = drawn[-1] - drawn[0] + 1 - len(drawn)
    text = f"Drawn on {len(drawn)} slices, z {drawn[0]} to {drawn[-1]}"
    text += f", about every {step:.0f}." if step > 1 else "."
    if between:
        verb = "are filled in between" if region.interpolate else "between are empty"
        text += f" {between} slices {verb}."
    beyond = slices_beyond(region, depth)
    if beyond and region.kind is RegionKind.CYTOPLASM:
        text += f" On the {beyond} slices below and above, everything counts as outside."
    return text

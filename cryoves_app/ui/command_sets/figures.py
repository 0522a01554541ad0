"""Commands that draw a slice or the view in 3-D as a figure, as it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.volume import Volume
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.dialogs.figure import FigureChoice, FigureDialog
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.ortho_view import OrthoView
from cryoves_app.ui.viewers.scene.volume_view import VolumeView
from cryoves_app.ui.viewers.slicing import Plane

if TYPE_CHECKING:
    from cryoves_app.workflow.overview.project_figure import (
        FigureOptions,  # matplotlib takes a second to load
    )
    from cryoves_app.workflow.overview.slice_figure import SliceFigure
    from cryoves_app.workflow.overview.vesicle_colours import VesicleColours

FIGURES = "PNG pictures (*.png);;TIFF pictures (*.tif);;SVG drawings (*.svg);;PDF drawings (*.pdf)"
PNG_ONLY = "PNG pictures (*.png)"


class FigureCommands(QObject):
    """Of the slice with the keyboard, where the crosshair is, and of the view in 3-D."""

    def __init__(
        self, workspace: Workspace, projects: ProjectController, views: OrthoView, volume_view: VolumeView
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._views = workspace, projects, views
        self._volume_view = volume_view
        self._choice = FigureChoice()

    def commands(self) -> list[Command]:
        return [
            Command(
                key="file.figure",
                text="Save the slice as a figure…",
                run=self._ask_for_figure,
                menu="File",
                icon="image-outline",
                enabled=lambda: self._projects.session is not None,
                hint="For a paper, as it is shown: exact circles, outlines and a scale bar; PNG, TIFF, SVG or PDF",
                separated=True,
            ),
            Command(
                key="view.screenshot",
                text="Save the 3D view as a picture…",
                run=self._ask_for_scene,
                menu="File",
                icon="camera-outline",
                enabled=lambda: (
                    self._volume_view.scene is not None and self._workspace.document.volume is not None
                ),
                hint="A picture (PNG) as it is seen, with axes and scale bar, at any resolution",
                needs="needs an open tomogram, and OpenGL",
            ),
        ]

    # -- a slice

    def _ask_for_figure(self) -> None:
        plane = None if self._views.oblique_is_active else self._views.active_slice().plane
        name, window = plane.title if plane else "the oblique slice", self._workspace.window
        dialog = FigureDialog(f"Save {name} as a figure", self._choice, window, slices=True)
        dialog.chosen.connect(lambda choice: self._ask_for_place(choice, plane))
        dialog.open()

    def _ask_for_place(self, choice: FigureChoice, plane: Plane | None) -> None:
        self._choice = choice
        ending = f"{plane.title if plane else 'oblique'}.png"
        path, _kind = ask_for_place(self._workspace, "Save the slice as a figure", ending, FIGURES)
        if path is not None:
            self.save_figure(path if path.suffix else path.with_suffix(".png"), plane)

    def save_figure(self, path: Path, plane: Plane | None) -> None:
        """Draw the slice at the crosshair, or the oblique one, as it was last chosen."""
        session, volume = self._projects.session, self._workspace.document.shown_volume
        if session is None or volume is None:
            return
        figure = self._drawn(plane, session.project, volume)
        choice, told = self._choice, self._workspace.tell

        def draw() -> None:
            from cryoves_app.workflow.overview.slice_figure import write_figure

            write_figure(figure(), path, width_cm=choice.width_cm, dpi=choice.dpi)

        run_in_background(
            draw,
            lambda _nothing: told("done", f"{path.name} was saved in {path.parent}."),
            lambda sentence: told("error", sentence),
            self,
        )

    def _drawn(self, plane: Plane | None, project: Project, volume: Volume) -> Callable[[], SliceFigure]:
        """What is seen now; drawn in the thread."""
        options = shown_options(self._workspace, self._views, plane, self._choice)
        document, angles = self._workspace.document, self._workspace.state.settings.oblique_deg
        z, y, x = (place * document.voxel_size_nm for place in document.cursor)

        def figure() -> SliceFigure:
            from cryoves_app.workflow.overview.oblique_figure import oblique_figure
            from cryoves_app.workflow.overview.project_figure import figure_of

            if plane is None:
                return oblique_figure(project, volume, options(), angles, (z, y, x))
            return figure_of(project, volume, options())

        return figure

    # -- the view in 3-D

    def _ask_for_scene(self) -> None:
        self._views.show_scene()
        dialog = FigureDialog("Save the 3D view", self._choice, self._workspace.window, slices=False)
        dialog.chosen.connect(self._save_scene)
        dialog.open()

    def _save_scene(self, choice: FigureChoice) -> None:
        self._choice = replace(choice, whole=self._choice.whole, scale_bar=self._choice.scale_bar)
        path, _kind = ask_for_place(self._workspace, "Save the 3D view", "3D.png", PNG_ONLY)
        if path is None:
            return
        target = path.with_suffix(".png")
        self._volume_view.when_idle(lambda: self._write_scene(target, choice))

    def _write_scene(self, path: Path, choice: FigureChoice) -> None:
        try:
            self._volume_view.screenshot(path, choice.width_px)
        except CryoVesError as error:
            self._workspace.tell("error", str(error))
        else:
            self._workspace.tell("done", f"{path.name} was saved in {path.parent}.")


def ask_for_place(workspace: Workspace, title: str, ending: str, kinds: str) -> tuple[Path | None, str]:
    """Where a picture is to lie, proposed beside the tomogram, and which of the kinds was chosen."""
    volume = workspace.document.volume
    source = Path(volume.info.path) if volume is not None and volume.info.path else Path("tomogram.mrc")
    proposed = source.with_name(f"{stem(source)}_{ending}")
    name, kind = QFileDialog.getSaveFileName(workspace.window, title, str(proposed), kinds)
    return (Path(name) if name else None), kind


def shown_options(
    workspace: Workspace, views: OrthoView, plane: Plane | None, choice: FigureChoice
) -> Callable[[], FigureOptions]:
    """What is drawn of a plane or the oblique slice, as the views show it now; made in the thread."""
    document, settings = workspace.document, workspace.state.settings
    nm = document.voxel_size_nm
    title = plane.title if plane else Plane.XY.title
    position_nm = document.cursor[plane.normal] * nm if plane else None
    window_nm = None if choice.whole else _seen_nm(views, plane, nm)
    colours = shown_colours(workspace)

    def options() -> FigureOptions:
        from cryoves_app.workflow.overview.project_figure import FigureOptions

        return FigureOptions(
            plane=title,
            position_nm=position_nm,
            slab_nm=settings.look.slab * nm if settings.look.slab > 1 else 0.0,
            smoothing_nm=settings.look.smoothing_px * nm,
            vesicles=settings.show_vesicles,
            rejected=True,  # those that are not shown have no colour
            regions=settings.show_regions,
            fill=settings.overlay_opacity if settings.fill_vesicles else 0.0,
            scale_bar=choice.scale_bar,
            levels=settings.levels,
            window_nm=window_nm,
            row_zero_at_bottom=settings.row_zero_at_bottom,
            colours=colours(),
            shapes=settings.show_shapes,
        )

    return options


def shown_colours(workspace: Workspace) -> Callable[[], VesicleColours]:
    """The colours of the vesicles that are shown, and what explains them; made in the thread."""
    ids, colouring = workspace.scene.ids.tolist(), workspace.scene.colouring
    bar = colouring.bar(workspace.document.recipe.outliers.p_cut)

    def colours() -> VesicleColours:
        from cryoves_app.workflow.overview.vesicle_colours import VesicleColours, viridis_bar

        styles = dict(zip(ids, colouring.styles, strict=True))
        return VesicleColours(
            {number: style.colour for number, style in styles.items()},
            viridis_bar(bar.title, bar.low, bar.high) if bar is not None else None,
            colouring.legend.entries if colouring.legend is not None else (),
            {number: style.dashes for number, style in styles.items()},
        )

    return colours


def _seen_nm(views: OrthoView, plane: Plane | None, nm: float) -> tuple[float, float, float, float]:
    """Left, right, lowest and highest of what a slice's view shows; from the crosshair in the oblique one."""
    view = views.slices[plane] if plane else views.oblique
    rect = view.canvas.box.viewRect()
    return rect.left() * nm, rect.right() * nm, rect.top() * nm, rect.bottom() * nm

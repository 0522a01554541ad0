"""Commands about looking: layout, slices, what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.colouring import colour_choices
from cryoves_app.ui.viewers.ortho_view import FOUR_UP, OBLIQUE, OBLIQUE_FOUR_UP, SCENE, OrthoView
from cryoves_app.ui.viewers.slicing import Look

#: Name of the layout, text, icon, key.
_LAYOUTS = (
    (FOUR_UP, "All four views", "view-grid-outline", "Ctrl+1"),
    ("XY", "XY alone", "alpha-x-box-outline", "Ctrl+2"),
    ("XZ", "XZ alone", "", "Ctrl+3"),
    ("YZ", "YZ alone", "", "Ctrl+4"),
    (SCENE, "3D alone", "cube-outline", "Ctrl+5"),
    (OBLIQUE_FOUR_UP, "Oblique slice in the place of 3D", "angle-acute", "Ctrl+6"),
    (OBLIQUE, "Oblique slice alone", "", "Ctrl+7"),
)
#: Key of the command, text, how many slices on, key.
_STEPS = (
    ("view.next_slice", "Next slice", 1, "PgUp"),
    ("view.previous_slice", "Previous slice", -1, "PgDown"),
    ("view.ten_up", "Ten slices on", 10, "Shift+PgUp"),
    ("view.ten_down", "Ten slices back", -10, "Shift+PgDown"),
)
#: Key of the command, text, name of the setting, icon, keys.
_SWITCHES: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("view.vesicles", "Vesicles", "show_vesicles", "circle-multiple-outline", ("O",)),
    ("view.fill", "Fill the vesicles", "fill_vesicles", "circle", ()),
    ("view.rejected", "Rejected vesicles", "show_rejected", "close-circle-outline", ("Shift+O",)),
    ("view.regions", "Regions", "show_regions", "vector-polygon", ("G",)),
    ("view.unchecked", "Only unchecked vesicles", "only_unchecked", "", ("Shift+U",)),
    ("view.probability", "Probability", "show_probability", "gradient-horizontal", ("B",)),
    ("view.crosshair", "Crosshair", "show_crosshair", "crosshairs", ("X",)),
    ("view.axes", "Axes and scale bar in 3D", "show_axes", "", ()),
    ("view.link_zoom", "Zoom all three slices together", "link_zoom", "", ()),
    ("view.orientation", "Row 0 at the bottom, as in 3dmod", "row_zero_at_bottom", "", ()),
)
_OBLIQUE_HINT = (
    "Slicer: a plane through the crosshair in any direction; rotate the plane by drag, keys or numbers"
)
_NEEDS_MAP = "needs the network's map, which a run makes"
_SLABS = (1, 3, 5, 9)
_SMOOTHINGS = (0.0, 1.0, 2.0)
_CUT_OFFS = (0.5, 2.0, 5.0)


def view_commands(workspace: Workspace, views: OrthoView, cut_off: Callable[[float], None]) -> list[Command]:
    """Everything in the View menu; ``cut_off`` sets the contrast from percentiles."""
    return [
        *_layouts(workspace, views),
        *_slices(workspace, views),
        *_movement(workspace, views),
        *_overlays(workspace),
        *_colours(workspace),
        *_slabs(workspace),
        *_smoothings(workspace),
        *_contrasts(workspace, cut_off),
    ]


def _is_open(workspace: Workspace) -> Callable[[], bool]:
    return lambda: workspace.document.volume is not None


def _layouts(workspace: Workspace, views: OrthoView) -> list[Command]:
    def is_shown(name: str) -> bool:
        return views.layout_name == name

    return [
        Command(
            key=f"layout.{name}",
            text=text,
            run=partial(views.set_layout, name),
            menu="View/Layout",
            icon=icon,
            shortcuts=(keys,),
            enabled=_is_open(workspace),
            checked=partial(is_shown, name),
            hint=_OBLIQUE_HINT if name in (OBLIQUE, OBLIQUE_FOUR_UP) else "",
        )
        for name, text, icon, keys in _LAYOUTS
    ] + [_oblique_reset(workspace)]


def _oblique_reset(workspace: Workspace) -> Command:
    return Command(
        key="oblique.reset",
        text="Turn the oblique slice back",
        run=partial(workspace.state.change, oblique_deg=(0.0, 0.0, 0.0)),
        menu="View/Layout",
        enabled=lambda: any(workspace.state.settings.oblique_deg),
        hint="The oblique slice becomes XY again: no angle at all",
        needs="needs an oblique slice that is turned",
    )


def _slices(workspace: Workspace, views: OrthoView) -> list[Command]:
    def step(slices: int) -> None:
        views.active_slice().step(slices)

    return [
        Command(
            key=key,
            text=text,
            run=partial(step, slices),
            menu="View/Move",
            shortcuts=(keys,),
            enabled=_is_open(workspace),
            in_views=True,
        )
        for key, text, slices, keys in _STEPS
    ]


def _movement(workspace: Workspace, views: OrthoView) -> list[Command]:
    def zoom(factor: float) -> None:
        views.active_slice().canvas.zoom(factor)

    command = partial(Command, menu="View/Move", enabled=_is_open(workspace))
    return [
        command(
            key="view.centre",
            text="Centre of the volume",
            run=lambda: _go_to_centre(workspace, views),
            icon="image-filter-center-focus",
            shortcuts=("Home",),
            in_views=True,
        ),
        command(
            key="view.reset",
            text="Reset the view",
            run=views.show_all,
            icon="fit-to-page-outline",
            shortcuts=("0",),
        ),
        command(
            key="view.zoom_in",
            text="Zoom in",
            run=partial(zoom, 1.25),
            icon="magnify-plus-outline",
            shortcuts=("Ctrl++", "+"),
        ),
        command(
            key="view.zoom_out",
            text="Zoom out",
            run=partial(zoom, 0.8),
            icon="magnify-minus-outline",
            shortcuts=("Ctrl+-", "-"),
        ),
    ]


def _go_to_centre(workspace: Workspace, views: OrthoView) -> None:
    volume = workspace.document.volume
    if volume is not None:
        depth, height, width = volume.shape
        workspace.document.move_cursor((depth // 2, height // 2, width // 2))
        views.centre()


def _overlays(workspace: Workspace) -> list[Command]:
    state = workspace.state

    def is_on(name: str) -> bool:
        return bool(getattr(state.settings, name))

    def has_probability() -> bool:
        return workspace.document.probability is not None

    return [
        Command(
            key=key,
            text=text,
            run=partial(state.toggle, name),
            menu="View",
            icon=icon,
            shortcuts=keys,
            enabled=has_probability if name == "show_probability" else _is_open(workspace),
            checked=partial(is_on, name),
            needs=_NEEDS_MAP if name == "show_probability" else "",
        )
        for key, text, name, icon, keys in _SWITCHES
    ]


def _colours(workspace: Workspace) -> list[Command]:
    state = workspace.state

    def is_coloured_by(key: str) -> bool:
        return state.settings.colour_by == key

    return [
        Command(
            key=f"colour.{key}",
            text=f"Colour by {label}",
            run=partial(state.change, colour_by=key),
            menu="View/Colour",
            enabled=_is_open(workspace),
            checked=partial(is_coloured_by, key),
        )
        for key, label in colour_choices()
    ]


def _slabs(workspace: Workspace) -> list[Command]:
    state = workspace.state

    def average(slices: int) -> None:
        state.change(look=Look(slices, state.settings.look.smoothing_px))

    def is_averaged(slices: int) -> bool:
        return state.settings.look.slab == slices

    return [
        Command(
            key=f"look.slab{n}",
            text=f"Average {n} slices" if n > 1 else "Single slice",
            run=partial(average, n),
            menu="View/Average slices",
            enabled=_is_open(workspace),
            checked=partial(is_averaged, n),
        )
        for n in _SLABS
    ]


def _smoothings(workspace: Workspace) -> list[Command]:
    state = workspace.state

    def smooth(sigma_px: float) -> None:
        state.change(look=Look(state.settings.look.slab, sigma_px))

    def is_smoothed(sigma_px: float) -> bool:
        return state.settings.look.smoothing_px == sigma_px

    return [
        Command(
            key=f"look.smooth{s:g}",
            text=f"Smooth by {s:g} voxel{'' if s == 1 else 's'}" if s else "Not smoothed",
            run=partial(smooth, s),
            menu="View/Smooth for the eye",
            enabled=_is_open(workspace),
            checked=partial(is_smoothed, s),
        )
        for s in _SMOOTHINGS
    ]


def _contrasts(workspace: Workspace, cut_off: Callable[[float], None]) -> list[Command]:
    first, *others = (
        Command(
            key=f"look.contrast{percent:g}",
            text=f"Contrast from {percent:g} to {100 - percent:g} % of the grey values",
            run=partial(cut_off, percent),
            menu="View/Contrast",
            enabled=_is_open(workspace),
        )
        for percent in _CUT_OFFS
    )
    hint = "Resets the contrast to that with which a tomogram is opened"
    return [replace(first, icon="contrast-box", shortcuts=("H",), hint=hint), *others]

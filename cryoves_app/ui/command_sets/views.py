"""Commands about looking: layout, slices, what is drawn."""

from __future__ import annotations

from collections.abc import Callable

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.colouring import colour_choices
from cryoves_app.ui.viewers.ortho_view import FOUR_UP, SCENE, OrthoView
from cryoves_app.ui.viewers.slicing import Look

_LAYOUTS = (
    (FOUR_UP, "All four views", "view-grid-outline", "Ctrl+1"),
    ("XY", "XY alone", "alpha-x-box-outline", "Ctrl+2"),
    ("XZ", "XZ alone", "", "Ctrl+3"),
    ("YZ", "YZ alone", "", "Ctrl+4"),
    (SCENE, "3D alone", "cube-outline", "Ctrl+5"),
)
_SLABS = (1, 3, 5, 9)
_SMOOTHINGS = (0.0, 1.0, 2.0)
_CUT_OFFS = (0.5, 2.0, 5.0)


def view_commands(workspace: Workspace, views: OrthoView, cut_off: Callable[[float], None]) -> list[Command]:
    """Everything in the View menu; ``cut_off`` sets the contrast from percentiles."""
    return [
        *_layouts(workspace, views),
        *_movement(workspace, views),
        *_overlays(workspace),
        *_colours(workspace),
        *_looks(workspace, cut_off),
    ]


def _is_open(workspace: Workspace) -> Callable[[], bool]:
    return lambda: workspace.document.volume is not None


def _layouts(workspace: Workspace, views: OrthoView) -> list[Command]:
    def show(name: str) -> Callable[[], None]:
        return lambda: views.set_layout(name)

    def shown(name: str) -> Callable[[], bool]:
        return lambda: views.layout_name == name

    is_open = _is_open(workspace)
    return [
        Command(f"layout.{name}", text, show(name), "View/Layout", icon, (keys,), is_open, shown(name))
        for name, text, icon, keys in _LAYOUTS
    ]


def _movement(workspace: Workspace, views: OrthoView) -> list[Command]:
    document = workspace.document
    is_open = _is_open(workspace)

    def to_centre() -> None:
        if document.volume is not None:
            depth, height, width = document.volume.shape
            document.move_cursor((depth // 2, height // 2, width // 2))
            views.centre()

    def step(slices: int) -> Callable[[], None]:
        return lambda: views.active_slice().step(slices)

    def zoom(factor: float) -> Callable[[], None]:
        return lambda: views.active_slice().canvas.zoom(factor)

    return [
        Command("view.next_slice", "Next slice", step(1), "View/Move", "", ("PgUp",), is_open, in_views=True),
        Command(
            "view.previous_slice",
            "Previous slice",
            step(-1),
            "View/Move",
            "",
            ("PgDown",),
            is_open,
            in_views=True,
        ),
        Command(
            "view.ten_up", "Ten slices on", step(10), "View/Move", "", ("Shift+PgUp",), is_open, in_views=True
        ),
        Command(
            "view.ten_down",
            "Ten slices back",
            step(-10),
            "View/Move",
            "",
            ("Shift+PgDown",),
            is_open,
            in_views=True,
        ),
        Command(
            "view.centre",
            "Centre of the volume",
            to_centre,
            "View/Move",
            "image-filter-center-focus",
            ("Home",),
            is_open,
            in_views=True,
        ),
        Command(
            "view.reset",
            "Reset the view",
            views.show_all,
            "View/Move",
            "fit-to-page-outline",
            ("0",),
            is_open,
        ),
        Command(
            "view.zoom_in",
            "Zoom in",
            zoom(1.25),
            "View/Move",
            "magnify-plus-outline",
            ("Ctrl++", "+"),
            is_open,
        ),
        Command(
            "view.zoom_out",
            "Zoom out",
            zoom(0.8),
            "View/Move",
            "magnify-minus-outline",
            ("Ctrl+-", "-"),
            is_open,
        ),
    ]


def _overlays(workspace: Workspace) -> list[Command]:
    state = workspace.state

    def switch(
        key: str,
        text: str,
        name: str,
        icon: str,
        keys: tuple[str, ...],
        enabled: Callable[[], bool] | None = None,
    ) -> Command:
        return Command(
            key,
            text,
            lambda: state.toggle(name),
            "View",
            icon,
            keys,
            enabled or _is_open(workspace),
            lambda: bool(getattr(state.settings, name)),
        )

    return [
        switch("view.vesicles", "Vesicles", "show_vesicles", "circle-multiple-outline", ("O",)),
        switch("view.fill", "Fill the vesicles", "fill_vesicles", "circle", ()),
        switch("view.rejected", "Rejected vesicles", "show_rejected", "close-circle-outline", ("Shift+O",)),
        switch("view.regions", "Regions", "show_regions", "vector-polygon", ("G",)),
        switch("view.unchecked", "Only unchecked vesicles", "only_unchecked", "", ("Shift+U",)),
        switch(
            "view.probability",
            "Probability",
            "show_probability",
            "gradient-horizontal",
            ("B",),
            lambda: workspace.document.probability is not None,
        ),
        switch("view.crosshair", "Crosshair", "show_crosshair", "crosshairs", ("X",)),
        switch("view.orientation", "Row 0 at the bottom, as in 3dmod", "row_zero_at_bottom", "", ()),
    ]


def _colours(workspace: Workspace) -> list[Command]:
    state = workspace.state

    def colour_by(key: str) -> Callable[[], None]:
        return lambda: state.change(colour_by=key)

    def is_coloured_by(key: str) -> Callable[[], bool]:
        return lambda: state.settings.colour_by == key

    return [
        Command(
            f"colour.{key}",
            f"Colour by {label}",
            colour_by(key),
            "View/Colour",
            "",
            (),
            _is_open(workspace),
            is_coloured_by(key),
        )
        for key, label in colour_choices()
    ]


def _looks(workspace: Workspace, cut_off: Callable[[float], None]) -> list[Command]:
    state = workspace.state

    def slab(slices: int) -> Callable[[], None]:
        return lambda: state.change(look=Look(slices, state.settings.look.smoothing_px))

    def smoothing(sigma: float) -> Callable[[], None]:
        return lambda: state.change(look=Look(state.settings.look.slab, sigma))

    def slab_is(slices: int) -> Callable[[], bool]:
        return lambda: state.settings.look.slab == slices

    def smoothing_is(sigma: float) -> Callable[[], bool]:
        return lambda: state.settings.look.smoothing_px == sigma

    def contrast(percent: float) -> Callable[[], None]:
        return lambda: cut_off(percent)

    is_open = _is_open(workspace)
    slabs = [
        Command(
            f"look.slab{n}",
            f"Average {n} slices" if n > 1 else "Single slice",
            slab(n),
            "View/Average slices",
            "",
            (),
            is_open,
            slab_is(n),
        )
        for n in _SLABS
    ]
    smoothings = [
        Command(
            f"look.smooth{s:g}",
            f"Smooth by {s:g} voxels" if s else "Not smoothed",
            smoothing(s),
            "View/Smooth for the eye",
            "",
            (),
            is_open,
            smoothing_is(s),
        )
        for s in _SMOOTHINGS
    ]
    contrasts = [
        Command(
            f"look.contrast{percent:g}",
            f"{percent:g} to {100 - percent:g} % of the grey values",
            contrast(percent),
            "View/Contrast",
            "contrast-box" if percent == 0.5 else "",
            (),
            is_open,
        )
        for percent in _CUT_OFFS
    ]
    return [*slabs, *smoothings, *contrasts]

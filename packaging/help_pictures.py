"""Makes the pictures of the help: the window with the sample, and the drawings of pipeline and network.

    python packaging/help_pictures.py

Needs a display with OpenGL (``xvfb-run -s "-screen 0 1600x1000x24"`` gives one) and takes a few minutes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from help_dialogs import beside, take_dialogs

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "resources" / "help" / "images"
WIDEST = 1100
RUN_SECONDS = 600


def main() -> int:
    """Make all pictures."""
    sys.path.insert(0, str(ROOT))
    IMAGES.mkdir(parents=True, exist_ok=True)
    draw_pipeline(IMAGES / "pipeline.png")
    draw_network(IMAGES / "network.png")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CRYOVES_DATA"] = folder
        take_window_pictures(Path(folder))
    return 0


def take_window_pictures(folder: Path) -> None:
    """Open the sample, segment it, and photograph the window on the way."""
    from cryoves_app.ui.application import create_application, create_window
    from cryoves_app.ui.base.preferences import PreferenceFile

    application = create_application()
    preferences = PreferenceFile(folder)
    preferences.change(reviewer="Ada")  # the picture is of one who knows what the program tells once
    window = create_window(preferences)
    window.resize(1440, 900)
    window.show()

    def wait(until: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not until() and time.monotonic() < end:
            application.processEvents()
            time.sleep(0.005)

    def rest(seconds: float = 1.0) -> None:
        wait(lambda: False, seconds)

    def take(name: str) -> None:
        rest()
        save(window.grab(), name)

    parts = window.parts
    take("start")
    window.workspace.commands.run("file.sample")
    wait(lambda: parts.projects.session is not None)
    take("opened")
    parts.run.start()
    wait(lambda: parts.run.progress.fraction > 0.4, 120)
    save(window.grab(), "running")
    wait(lambda: not parts.run.running, RUN_SECONDS)
    parts.views.show_all()
    take("segmented")
    parts.review.go_next()
    window.inspector.setCurrentWidget(parts.card.view)
    take("card")
    window.inspector.setCurrentWidget(parts.gallery.view)
    rest(2)
    take("gallery")
    show_errors(parts, wait)
    draw_regions(parts)
    parts.steps.open_step("Region")
    parts.workspace.document.select([])
    parts.views.show_all()
    rest(2)
    take("region")
    take_dialogs(parts, folder, wait, save)
    parts.steps.open_step("Measure")
    window.inspector.setCurrentWidget(parts.plots.view)
    rest(3)
    take("measure")
    parts.steps.open_step("Review")
    window.workspace.commands.run("layout.3D")
    parts.volume_view.look("corner")
    take("scene")
    show_oblique(parts, folder)
    take("oblique")
    wait(lambda: parts.volumes.shown == 1)
    parts.volumes.show(0)
    parts.volumes.compare(True)
    parts.views.set_layout("XY")
    take("compared")
    parts.projects.discard()
    parts.close()


def show_errors(parts: Any, wait: Callable[..., None]) -> None:
    """The sample's result with three faults, held against the truth: the list of errors beside the slice."""
    from dataclasses import replace

    from cryoves_app.domain.resources import resource_path

    first, second, third = list(parts.workspace.document.vesicles)[4:7]
    parts.editor.reject([first.id, second.id])
    parts.editor.set_spheres({third.id: replace(third.sphere, radius_nm=third.radius_nm + 5)})
    parts.workspace.commands.run("run.evaluate")
    panel = parts.evaluation.panel
    panel.view.resize(660, 420)
    panel.compare_with(resource_path("sample") / "sample_truth.csv")
    wait(lambda: panel.made is not None)
    panel.view.show_file(Path("sample_truth.csv"))  # not where this checkout lies
    panel.view.tabs.setCurrentIndex(1)
    panel.view.errors.setCurrentItem(panel.view.errors.topLevelItem(2))
    wait(lambda: False, 2.0)
    save(beside(next(iter(parts.views.slices.values())), panel.view), "evaluate")
    panel.view.close()
    for _ in range(2):
        parts.projects.undo()


def show_oblique(parts: Any, folder: Path) -> None:
    """A turned plane; and the sample, smoothed in place of denoised, as a second volume."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    from cryoves_app.formats.mrc import write_map

    parts.views.set_layout("4-up oblique")
    parts.workspace.state.change(oblique_deg=(-35.0, 20.0, 0.0))
    parts.workspace.document.select([])
    parts.workspace.document.move_cursor((50.0, 110.0, 110.0))
    parts.views.show_all()
    volume = parts.workspace.document.volume
    smooth = gaussian_filter(np.asarray(volume.data, np.float32), 1.2)
    write_map(folder / "sample_denoised.mrc", smooth, volume.info)
    parts.volumes.add(folder / "sample_denoised.mrc")


def draw_regions(parts: Any) -> None:
    """Cytoplasm and active zone of the sample, outlined on two of its slices."""
    from cryoves_app.domain.region import Contour, Region, RegionKind
    from cryoves_app.workflow.project.actions.regions import add_region

    outline = ((30, 20), (10, 120), (30, 222), (130, 224), (240, 224), (246, 120), (235, 20), (130, 8))
    zone = ((90, 225), (125, 227), (160, 226))
    slices = (4.0, 91.0)

    def contours(points: tuple[tuple[int, int], ...], closed: bool) -> tuple[Contour, ...]:
        return tuple(Contour(tuple((z, float(y), float(x)) for y, x in points), closed) for z in slices)

    for region in (
        Region("cytoplasm", RegionKind.CYTOPLASM, contours(outline, True), interpolate=True),
        Region("active zone", RegionKind.ACTIVE_ZONE, contours(zone, False), interpolate=True),
    ):
        parts.projects.edit(lambda project, region=region: add_region(project, region))


def save(pixmap: Any, name: str) -> None:
    """Write a picture, not wider than the help shows it."""
    from PySide6.QtCore import Qt

    small = pixmap.scaledToWidth(min(WIDEST, pixmap.width()), Qt.TransformationMode.SmoothTransformation)
    small.save(str(IMAGES / f"{name}.jpg"), "JPEG", 88)


def draw_pipeline(path: Path) -> None:
    """Boxes from the tomogram to the spheres."""
    axes, figure = _canvas(11, 2.2)
    steps = [
        ("Tomogram", "any voxel size"),
        ("Rescale", "2.2 nm, smooth,\nnormalise"),
        ("U-Net", "probability of\nevery voxel"),
        ("Threshold", "found at the\nmembrane"),
        ("Separate", "touching ones"),
        ("Fit", "exact spheres,\nshared profile"),
        ("Judge", "p-value of\neach vesicle"),
    ]
    for n, (title, text) in enumerate(steps):
        x = n * 1.55
        _box(axes, x, 0, 1.25, 1.0, "#56B4E9" if n == 2 else "#dfe7ee")
        axes.text(x + 0.625, 0.72, title, ha="center", va="center", fontsize=11, weight="bold")
        axes.text(x + 0.625, 0.32, text, ha="center", va="center", fontsize=8.5)
        if n:
            axes.annotate(
                "", (x - 0.02, 0.5), (x - 0.28, 0.5), arrowprops={"arrowstyle": "-|>", "color": "#333333"}
            )
    axes.set_xlim(-0.1, len(steps) * 1.55 - 0.2)
    axes.set_ylim(-0.1, 1.1)
    _write(figure, path)


def draw_network(path: Path) -> None:
    """The U of the network: levels with their channels, joined by skips."""
    axes, figure = _canvas(8, 3.6)
    levels = [(0, 2.4, "16"), (1, 1.2, "32"), (2, 0.0, "64")]
    for depth, y, channels in levels:
        places = [2.5] if depth == 2 else [depth * 1.1, 5.0 - depth * 1.1]
        for x in places:
            _box(axes, x, y, 0.9, 0.8, "#dfe7ee")
            axes.text(
                x + 0.45, y + 0.4, f"2 × conv 3³\n{channels} channels", ha="center", va="center", fontsize=8
            )
    arrow = {"arrowstyle": "-|>", "color": "#333333"}
    down = (((0.45, 2.4), (1.4, 2.0)), ((1.7, 1.2), (2.6, 0.8)))
    up = (((3.3, 0.8), (4.2, 1.2)), ((4.6, 2.0), (5.4, 2.4)))
    for start, end in (*down, *up):
        axes.annotate("", end, start, arrowprops=arrow)
    for x, y, text in ((0.2, 2.1, "pool 2"), (1.35, 0.9, "pool 2"), (3.95, 0.9, "up 2"), (5.15, 2.1, "up 2")):
        axes.text(x, y, text, fontsize=8, ha="center")
    for y, left, right in ((2.8, 0.9, 5.0), (1.6, 2.0, 3.9)):
        axes.annotate("", (right, y), (left, y), arrowprops={**arrow, "linestyle": "--", "color": "#009E73"})
    axes.text(2.95, 2.87, "skip", fontsize=8, ha="center", color="#009E73")
    axes.text(-0.15, 2.8, "tomogram:\n2×2×2 voxels\nas 8 channels", ha="right", va="center", fontsize=9)
    axes.text(6.05, 2.8, "sigmoid:\n8 channels are\n2×2×2 voxels", ha="left", va="center", fontsize=9)
    axes.set_xlim(-1.5, 7.5)
    axes.set_ylim(-0.1, 3.4)
    _write(figure, path)


def _canvas(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure((width, height), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    return axes, figure


def _box(axes: Any, x: float, y: float, width: float, height: float, colour: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    style = "round,pad=0,rounding_size=0.06"
    axes.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=style, fc=colour, ec="#555555"))


def _write(figure: Any, path: Path) -> None:
    figure.savefig(path, facecolor="white")


if __name__ == "__main__":
    sys.exit(main())

"""Prints how fast and with how much memory the window shows an OME-Zarr image of 10 GB; nothing is asserted.

xvfb-run -s "-screen 0 1600x1000x24" python -m tests.ui.bench_zarr [ROUNDS]

Each time in a window of its own: with the library loaded, as it is soon after the program's start; before that; and
without the 3-D view, which computes as much as a graphics card where there is none. Of the first image most chunks are
not there, of the second all.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cryoves_app.formats.ome_zarr.reader import load_library
from cryoves_app.ui.viewers.slicing import Plane
from tests.ui.bench_window import shown_window, timed, wait, wait_for_calm

USUAL, EARLY, FLAT = "usual", "early", "flat"
SHAPE, CHUNK = (1024, 1600, 1600), 64
SCALE = {"type": "scale", "scale": [10.0] * 3}


def write_image(folder: Path, shape: tuple[int, int, int], *, sparse: bool) -> Path:
    """Floats in chunks of 64³; where it is ``sparse``, some of 10 000 are there, in a block and scattered."""
    import zarr  # here, since the window is measured with and without it loaded

    from tests.formats.zarr_images import AXES, describe

    array = zarr.create_array(folder / "0", shape=shape, chunks=(CHUNK,) * 3, dtype="f4", fill_value=0)
    describe(
        folder,
        {"axes": AXES, "datasets": [{"path": "0", "coordinateTransformations": [SCALE]}]},
    )
    rng = np.random.default_rng(0)
    block = rng.standard_normal((CHUNK,) * 3, dtype=np.float32)
    for corner in np.ndindex(*(-(-n // CHUNK) for n in shape)):
        near = all(abs(c * CHUNK - n / 2) < 1.5 * CHUNK for c, n in zip(corner, shape, strict=True))
        if not sparse or near or rng.random() < 0.003:
            z, y, x = (slice(c * CHUNK, min((c + 1) * CHUNK, n)) for c, n in zip(corner, shape, strict=True))
            array[z, y, x] = block[: z.stop - z.start, : y.stop - y.start, : x.stop - x.start]
    return folder


def measure(path: Path, how: str) -> dict[str, float]:
    """Seconds until the first slice and until all three, of this process's processors too, and MB at most."""
    with shown_window(opengl=None if how != FLAT else False) as (window, application, _folder):
        wait_for_calm(application)
        before = _peak_mb()
        views = window.parts.views.slices
        if how != EARLY:
            load_library()
        begun = time.perf_counter()

        def show_first() -> None:
            window.parts.opener.open([path])
            wait(application, lambda: views[Plane.XY].image is not None)

        first = timed(show_first, 1)
        wait(application, lambda: all(view.image is not None for view in views.values()))
        every = time.perf_counter() - begun
        wait_for_calm(application)
        return {
            "first slice, s": first.wall[0],
            "of the processor, s": first.cpu[0],
            "all slices, s": every,
            "window before, MB": before,
            "at most, MB": _peak_mb(),
        }


def _peak_mb() -> float:
    """The most that this process has held so far (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def main() -> None:
    rounds = int(sys.argv[1]) if sys.argv[1:] else 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sparse = write_image(folder / "sparse.zarr", SHAPE, sparse=True)
        dense = write_image(folder / "dense.zarr", (CHUNK, *SHAPE[1:]), sparse=False)
        for path in (sparse, dense):
            for how in (USUAL, EARLY, FLAT):
                _say(f"{path.name}, {how}", [_child(path, how) for _ in range(rounds)])


def _child(path: Path, how: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name, str(path), how], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _say(what: str, found: list[dict[str, float]]) -> None:
    for key in found[0]:
        values = [one[key] for one in found]
        sys.stdout.write(
            f"{what:24} {key:22} median {statistics.median(values):7.2f}   worst {max(values):7.2f}\n"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.stdout.write(json.dumps(measure(Path(sys.argv[1]), sys.argv[2])) + "\n")
    else:
        main()

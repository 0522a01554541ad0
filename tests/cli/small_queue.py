"""A queue of three tiny tomograms in two conditions, and one that is cut off."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from tests.phantoms import phantom

NAMES = ["t0", "t1", "t2"]
#: Vesicles that lie whole in a tomogram of 48×64×64 voxels of 2.2 nm.
BALLS = [(52.0, 40.0, 44.0, 20.0), (55.0, 98.0, 50.0, 22.0), (50.0, 60.0, 102.0, 21.0)]


def write_small_queue(folder: Path) -> Path:
    """The tomograms and ``queue.csv``, whose path this is."""
    for number, name in enumerate(NAMES):
        grey = phantom(BALLS, (48, 64, 64), seed=number).grey.astype("float32")
        write_map(folder / f"{name}.mrc", grey, VolumeInfo(grey.shape, grey.dtype, 2.2))
    whole = (folder / "t0.mrc").read_bytes()
    (folder / "bad.mrc").write_bytes(whole[: len(whole) // 2])
    (folder / "queue.csv").write_text(
        "tomogram,condition\nt0.mrc,control\nbad.mrc,control\nt[1-9].mrc,treated\n", encoding="utf-8"
    )
    return folder / "queue.csv"

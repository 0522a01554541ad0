"""copick projects as the library lays them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.zarr_images import grey, write_image

OBJECTS = [
    {"name": "ribosome", "is_particle": True, "label": 1, "color": [255, 0, 0, 255], "radius": 150},
    {"name": "vesicle", "is_particle": True, "label": 2, "identifier": "GO:0008021", "radius": 200},
]


def make_project(
    folder: Path, runs: tuple[str, ...] = ("TS_001", "TS_002"), objects: Any = OBJECTS, **more: Any
) -> Path:
    """The configuration of a project whose runs have one tomogram each."""
    folder.mkdir(parents=True, exist_ok=True)
    for run in runs:
        place = folder / "static" / "ExperimentRuns" / run / "VoxelSpacing14.690" / "wbp.zarr"
        write_image(place, grey(), version=2)
    config = {
        "name": "test", "description": "", "version": "1.0.0", "config_type": "filesystem",
        "pickable_objects": objects, "user_id": "ada", "session_id": "0",
        "overlay_root": f"local://{folder / 'overlay'}", "overlay_fs_args": {"auto_mkdir": True},
        "static_root": f"local://{folder / 'static'}", "static_fs_args": {"auto_mkdir": True}, **more,
    }  # fmt: skip
    path = folder / "copick.json"
    path.write_text(json.dumps(config))
    return path

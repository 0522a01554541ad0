"""The files that Pyto reads and writes beside its label volume."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.reading import read_text, reading
from cryoves_app.formats.tables.numerals import Numerals
from cryoves_app.formats.tables.rows import read_rows
from cryoves_app.storage.replacing import replacing

REGION_ID, ACTIVE_ZONE_ID, FIRST_ORGANELLE_ID, FIRST_VESICLE_ID = 1, 2, 3, 10
MOST_ORGANELLES = FIRST_VESICLE_ID - FIRST_ORGANELLE_ID

#: Where things lie in an exported folder.
TOMOGRAM, LABELS, INFO = Path("3d/tomo.mrc"), Path("3d/labels.mrc"), Path("common/tomo_info.py")
IDS, NEXT_STEPS = Path("3d/ids.csv"), Path("NEXT-STEPS.txt")
#: Where the user puts Pyto's own scripts.
SCRIPT_FOLDERS = ("vesicles", "layers", "connectors")

_IDS_WHAT, _TABLE_WHAT = "a table of labels and vesicles", "a vesicle table of Pyto"
_MEMBRANE_NM = 4.0
_LAYERS_SPAN_NM = 250.0
_SEGMENT_NM3 = (2100.0, 3200.0)
#: Thresholds reach from so many standard deviations below the region's grey up to it, in so many steps.
_DEVIATIONS, _LEVELS = 4, 20


@dataclass(frozen=True)
class PytoIds:
    """The numbers that are in a label volume, each list in rising order."""

    vesicles: tuple[int, ...]
    organelles: tuple[int, ...] = ()
    region: bool = True
    active_zone: bool = True

    @property
    def boundaries(self) -> tuple[int, ...]:
        """What Pyto looks for links between: the active zone, then the vesicles."""
        return (*((ACTIVE_ZONE_ID,) if self.active_zone else ()), *self.vesicles)

    @property
    def everything(self) -> tuple[int, ...]:
        """All numbers, those of region and active zone first."""
        first = ((REGION_ID,) if self.region else ()) + ((ACTIVE_ZONE_ID,) if self.active_zone else ())
        return (*first, *self.organelles, *self.vesicles)


@dataclass(frozen=True)
class GreyThresholds:
    """Evenly spaced raw grey values, both ends included."""

    first: float
    last: float
    step: float


@dataclass(frozen=True)
class PytoVesicle:
    """A row of Pyto's own vesicle table; lengths in voxels, ``None`` where Pyto wrote -1."""

    label: int
    centre_px: tuple[float, float, float]  # z, y, x
    radius_px: float
    mean_distance_px: float | None
    min_distance_px: float | None


def write_tomo_info(path: str | os.PathLike[str], ids: PytoIds) -> None:
    """Writes ``tomo_info.py``, which Pyto's scripts import; every id in it is in the labels."""
    text = f'''\
"""What Pyto's scripts need to know of this tomogram."""

# tomogram and labels, seen from the folder of a script
image_file_name = "../{TOMOGRAM.as_posix()}"
labels_file_name = "../{LABELS.as_posix()}"
labels_data_type = None

# {REGION_ID}: segmentation region, {ACTIVE_ZONE_ID}: active zone, from {FIRST_VESICLE_ID}: vesicles
all_ids = {_listed(ids.everything)}
boundary_ids = {_listed(ids.boundaries)}
vesicle_ids = {_listed(ids.vesicles)}
segmentation_region = {REGION_ID}
distance_id = {ACTIVE_ZONE_ID}
'''
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_ids(path: str | os.PathLike[str], vesicle_of_label: Mapping[int, int]) -> None:
    """Writes which vesicle every label is."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("label", "vesicle_id"))
        writer.writerows(sorted(vesicle_of_label.items()))


def read_ids(path: str | os.PathLike[str]) -> dict[int, int]:
    """Label → vesicle id.

    Raises
    ------
    CryoVesError
        If the file is missing or no such table.
    """
    table = read_rows(path, _IDS_WHAT)
    whole = Numerals.of((), table.delimiter).whole
    with reading(path, _IDS_WHAT):
        return {whole(row.cells["label"]): whole(row.cells["vesicle_id"]) for row in table.rows}


def read_vesicle_table(path: str | os.PathLike[str]) -> tuple[PytoVesicle, ...]:
    """The vesicles in a table that Pyto wrote (``*_vesicles.dat``).

    Raises
    ------
    CryoVesError
        If the file is missing or no such table.
    """
    lines = read_text(path, _TABLE_WHAT).splitlines()
    with reading(path, _TABLE_WHAT):
        if not any(line.startswith("# Vesicle ids") for line in lines):
            raise ValueError("another table")
        # id 0 stands for all vesicles together
        rows = [line.split() for line in lines if re.match(r"\s*[1-9]", line)]
        return tuple(_table_row(row) for row in rows)


def grey_thresholds(region: NDArray[Any]) -> GreyThresholds | None:
    """Thresholds for connectors in a region of grey values ``(n,)``: from far below the usual grey up to it.

    ``None`` where all values are the same, or there are none.
    """
    known = region[np.isfinite(region)].astype(np.float64)
    deviation = float(known.std()) if known.size else 0.0
    if deviation == 0:
        return None
    step = float(f"{_DEVIATIONS * deviation / _LEVELS:.2g}")
    first = round((known.mean() - _DEVIATIONS * deviation) / step) * step
    return GreyThresholds(first, first + _LEVELS * step, step)


def next_steps(voxel_size_nm: float, ids: PytoIds, levels: GreyThresholds | None = None) -> str:
    """The text that says how to go on in Pyto, with the numbers for this voxel size and these grey values."""
    low, high = (round(limit / voxel_size_nm**3) for limit in _SEGMENT_NM3)
    layers = math.ceil(_LAYERS_SPAN_NM / voxel_size_nm)
    return f"""\
How to go on in Pyto
====================

This folder holds what Pyto needs of one tomogram:

  {TOMOGRAM.as_posix():22} the tomogram
  {LABELS.as_posix():22} labels: 1 region, 2 active zone, {FIRST_VESICLE_ID} and up: {len(ids.vesicles)} vesicles
  {INFO.as_posix():22} file names and label numbers for Pyto's scripts
  {IDS.as_posix():22} which vesicle of CryoVes each label is
  vesicles/ layers/ connectors/   put Pyto's own scripts here

1. Get Pyto from https://github.com/vladanl/Pyto (Vladan Lucic). It needs a Python with numpy below version 2,
   scipy and matplotlib; a separate environment is best. Its folder must be in the variable PYTHONPATH.
2. Copy Pyto's scripts vesicles.py, layers.py and connectors.py into the folders of these names.
3. Set these variables in them, for a voxel size of {voxel_size_nm:.4g} nm:
     vesicles.py     membrane_thick = {max(round(_MEMBRANE_NM / voxel_size_nm), 1)}
     layers.py       num_layers = {layers}   (layers of 1 voxel, 250 nm from the active zone)
     connectors.py   {_threshold_text(levels)}
                     class_3_volumes = [0, 3, {high}, 1000000]
                     (the largest segment that counts: {low} to {high} voxels, 2100 to 3200 nm³)
4. Run them in this order, each inside its folder: vesicles.py, layers.py, connectors.py. The last one looks at
   every threshold and every vesicle in turn: allow hours for a tomogram with more than a hundred vesicles.
   CryoVes finds the same connectors and tethers in minutes: cryoves links PROJECT -o FOLDER --recipe pyto
5. Open the file *_vesicles.dat in CryoVes to select the vesicles that it speaks of.

Pyto ran on folders like this one as they are. Its radii are about 0.4 voxels smaller than those of CryoVes, since it
rounds centres to whole voxels; rims differ by up to 0.8 voxels.

What the numbers mean: counts of connectors and tethers depend on thresholds and on the quality of the tomogram.
They serve to compare groups that were treated alike; they are no absolute values.
"""


def _threshold_text(levels: GreyThresholds | None) -> str:
    if levels is None:
        return "threshold: 20 levels or more, from where nothing is found to just before all merges"
    return (
        f"threshold = numpy.arange({levels.first:g}, {levels.last + levels.step / 2:g}, {levels.step:g})"
        f"   ({_DEVIATIONS} SD below the region's grey, up to it)"
    )


def _listed(ids: Sequence[int]) -> str:
    """A list over several lines, so that hundreds of numbers stay readable."""
    rows = [", ".join(map(str, ids[start : start + 20])) for start in range(0, len(ids), 20)] or [""]
    return f"[{rows[0]}]" if len(rows) == 1 else "[" + "".join(f"\n    {row}," for row in rows) + "\n]"


def _table_row(row: Sequence[str]) -> PytoVesicle:
    """Columns from the end: centre x, y, z, radius mean, SD, min, max; before them the distances."""
    x, y, z, radius = (float(value) for value in row[-7:-3])
    mean, smallest = (float(value) for value in row[-9:-7])
    return PytoVesicle(int(row[0]), (z, y, x), radius, _known(mean), _known(smallest))


def _known(distance: float) -> float | None:
    return distance if distance >= 0 else None

"""The files that Pyto reads and writes beside its label volume."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


def next_steps(voxel_size_nm: float, ids: PytoIds) -> str:
    """The text that says how to go on in Pyto, with the numbers for this voxel size."""
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

1. Get Pyto from https://github.com/vladanl/Pyto (Vladan Lucic). It needs a Python with numpy below version 2;
   a separate environment is best.
2. Copy Pyto's scripts vesicles.py, layers.py and connectors.py into the folders of these names.
3. Check their settings for a voxel size of {voxel_size_nm:.4g} nm:
     vesicles.py     membrane thickness: {max(round(_MEMBRANE_NM / voxel_size_nm), 1)} voxels
     layers.py       layers of 1 voxel, {layers} of them (250 nm from the active zone)
     connectors.py   largest volume of a segment: {low} to {high} voxels (2100 to 3200 nm³)
4. Run them in this order, each inside its folder: vesicles.py, layers.py, connectors.py.
5. Open the file *_vesicles.dat in CryoVes to select the vesicles that it speaks of.

What the numbers mean: counts of connectors and tethers depend on thresholds and on the quality of the tomogram.
They serve to compare groups that were treated alike; they are no absolute values.
"""


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

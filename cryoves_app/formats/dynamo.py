"""Dynamo tables (``.tbl``): one row of numbers per vesicle."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import read_text, reading
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.storage.replacing import replacing

_COLUMNS = 35
#: Columns as Dynamo counts them, from 1.
_TAG, _ALIGNED, _AVERAGED, _TOMOGRAM, _X = 1, 2, 3, 20, 24


def write_dynamo(
    path: str | os.PathLike[str], vesicles: Iterable[Vesicle], voxel_size_nm: float, tomogram: int = 1
) -> None:
    """Writes centres in voxels, counted from 1; the tag is the vesicle's id."""
    found = list(vesicles)
    rows = np.zeros((len(found), _COLUMNS))
    for row, vesicle in zip(rows, found, strict=True):
        row[_TAG - 1] = vesicle.id
        row[[_ALIGNED - 1, _AVERAGED - 1]] = 1
        row[_TOMOGRAM - 1] = tomogram
        row[_X - 1 : _X + 2] = [nm / voxel_size_nm + 1 for nm in (vesicle.x_nm, vesicle.y_nm, vesicle.z_nm)]
    formats = ["%d"] * _COLUMNS
    formats[_X - 1 : _X + 2] = ["%.5f"] * 3
    with replacing(path) as temporary:
        np.savetxt(temporary, rows, fmt=formats)


def read_dynamo(path: str | os.PathLike[str], voxel_size_nm: float) -> dict[int, tuple[float, float, float]]:
    """Tags and centres ``(z, y, x)`` in nm.

    Raises
    ------
    CryoVesError
        If the file is missing or no Dynamo table.
    """
    lines = read_text(path, "a Dynamo table").splitlines()
    with reading(path, "a Dynamo table"):
        rows: NDArray[np.float64] = np.loadtxt(lines, ndmin=2) if lines else np.zeros((0, _COLUMNS))
        if rows.shape[1] < _X + 2:
            raise CryoVesError(f"{path} has too few columns for a Dynamo table.")
        found = {}
        for row in rows:
            x, y, z = (float(value - 1) * voxel_size_nm for value in row[_X - 1 : _X + 2])
            found[int(row[_TAG - 1])] = (z, y, x)
        return found

"""Dynamo tables (``.tbl``): one row of numbers per particle."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import read_text, reading
from cryoves_app.domain.units import are_lengths
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.particles import ParticleList
from cryoves_app.storage.replacing import replacing

_COLUMNS = 35
#: MATLAB's mark of an imaginary part.
_IMAGINARY = re.compile(r"(?<=\d)i\b")
#: Columns as Dynamo counts them, from 1.
_TAG, _ALIGNED, _AVERAGED, _DX, _TOMOGRAM, _X = 1, 2, 3, 4, 20, 24


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


def read_dynamo(path: str | os.PathLike[str], voxel_size_nm: float) -> ParticleList:
    """Particles with their tags, at the places to which their alignment moved them (columns 4 to 6).

    Numbers that alignment left complex (``0.1+0.2i``), as Dynamo does in columns of scores, count by their real part.

    Raises
    ------
    CryoVesError
        If the file is missing or no Dynamo table.
    """
    lines = read_text(path, "a Dynamo table").splitlines()
    with reading(path, "a Dynamo table"):
        rows = _numbers(lines)
        if rows.shape[1] < _X + 2:
            raise CryoVesError(f"{path} has too few columns for a Dynamo table.")
        used = rows[:, [*_columns(_TAG, 1), *_columns(_TOMOGRAM, 1), *_columns(_DX, 3), *_columns(_X, 3)]]
        if not are_lengths(used):
            raise CryoVesError(f"{path} holds a particle without a usable place or tag.")
    places = (used[:, 5:8] + used[:, 2:5] - 1)[:, ::-1] * voxel_size_nm
    return ParticleList(used[:, 0].astype(np.intp), places, used[:, 1].astype(np.intp))


def _columns(first: int, count: int) -> range:
    return range(first - 1, first - 1 + count)


def _numbers(lines: Sequence[str]) -> NDArray[np.float64]:
    if not any(line.strip() for line in lines):
        return np.zeros((0, _COLUMNS))
    plain = [_IMAGINARY.sub("j", line) for line in lines]
    if plain == list(lines):
        return np.loadtxt(lines, ndmin=2)
    return np.ascontiguousarray(np.loadtxt(plain, dtype=complex, ndmin=2).real)


def read_names(path: str | os.PathLike[str]) -> dict[int, str]:
    """The tomograms that the numbers of a table stand for, as a table map (``.doc``) lists them: ``1<tab>file``.

    Raises
    ------
    CryoVesError
        If the file is missing or no such list.
    """
    lines = read_text(path, "a Dynamo table map").splitlines()
    with reading(path, "a Dynamo table map"):
        return {
            int(number): name.strip() for number, name in (li.split(maxsplit=1) for li in lines if li.strip())
        }

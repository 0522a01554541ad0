"""Segmentations as the EM Data Bank keeps them: XML, and the same in HDF5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sfftkrw.schema.adapter_v0_8_0_dev1 import SFFSegmentation

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.sff import SffFacts, deposit_answer, read_sff, write_sff
from tests.fuzz.reading_process import ReadingProcess

_INFO = VolumeInfo((12, 20, 24), np.dtype("i2"), 2.0)
_VESICLES = [Vesicle(3, 10.0, 20.0, 20.0, 6.5), Vesicle(8, 12.25, 20.125, 30.0, 8.0)]


def write_xml(path: Path) -> None:
    write_sff(path, _VESICLES, [], _INFO, SffFacts("a", "CryoVes", "1", "made"))


def write_hdf5(path: Path) -> None:
    write_xml(path.with_suffix(".sff"))
    SFFSegmentation.from_file(str(path.with_suffix(".sff"))).export(str(path))


_READING = ReadingProcess(deposit_answer, cpu_seconds=3)


def as_hdf5(path: Path) -> None:
    """As the program does it, in a process of its own that may be stopped."""
    _READING.give(path)


def as_deposit(path: Path) -> None:
    read_sff(path, _INFO)

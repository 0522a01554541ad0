"""The defocus of a tilt series, from what lies beside a tomogram: files of IMOD, CTFFIND, AreTomo and RELION.

Only measured values count. The ``TargetDefocus`` of an mdoc file is what was asked of the microscope; it is off by half
a micrometre and more, and a mid-plane that is fitted with a wrong defocus is worse than one with none. Warp's XML is
not read. Of the tilts' values the median is taken, since a few of them, mostly at high tilt, are often wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file, read_text, reading
from cryoves_app.domain.tomogram_names import matching_names, stem
from cryoves_app.formats.tables.star_text import StarBlock, parse_star

_WHAT = "a file of defocus values"
_MOST_BYTES = 4 << 20
#: Underfocus of tomograms, in µm: what lies beyond was read in the wrong unit, or failed.
_USUAL_UM = (0.2, 12.0)
#: Of tilts that agree, half lie this near to the median (share of it).
_AGREE = 0.25
_NM_PER_UM, _ANGSTROM_PER_UM = 1e3, 1e4
#: In IMOD's files of version 3 a first line holds flags: 1 says that there is a second defocus, for astigmatism.
_IMOD_HEADER_VERSION, _ASTIGMATISM = 3, 1


@dataclass(frozen=True)
class FoundDefocus:
    """A measured defocus: the median over the tilts, and the file it is from."""

    defocus_um: float
    tilts: int
    path: Path

    def sentence(self) -> str:
        """For the report."""
        of = f"the median of {self.tilts} tilts" if self.tilts > 1 else "one value"
        return (
            f"The defocus of {self.defocus_um:.2f} µm ({of}) is from {self.path.name} beside the tomogram; the fit of "
            "the mid-plane keeps to it. The recipe's fit.defocus_um goes before it."
        )


def find_defocus(tomogram: Path) -> FoundDefocus | None:
    """The defocus that a file beside a tomogram tells; ``None`` where there is none, or it is of no use.

    Raises
    ------
    CryoVesError
        If a file of the tomogram's name cannot be read or understood.
    """
    for path, read in _files(tomogram):
        values = read(read_text(path, _WHAT, _MOST_BYTES), path)
        usable = values[(values >= _USUAL_UM[0]) & (values <= _USUAL_UM[1])]
        if not len(usable) or len(usable) < len(values) / 2:
            continue
        median = float(np.median(usable))
        if np.median(np.abs(usable - median)) <= _AGREE * median:
            return FoundDefocus(median, len(usable), path)
    return None


_Values = np.ndarray[tuple[int], np.dtype[np.float64]]
_Reader = Callable[[str, Path], _Values]


def _files(tomogram: Path) -> Iterator[tuple[Path, _Reader]]:
    """Files of the tomogram's name, those first that hold nothing else."""
    try:
        names = sorted(path.name for path in tomogram.parent.iterdir())
    except OSError:  # the tomogram is readable all the same
        return
    own = stem(tomogram)
    for ending, read in _READERS.items():
        stems = {name[: -len(ending)]: name for name in names if name.lower().endswith(ending)}
        for match in matching_names(own, stems):
            path = tomogram.parent / stems[match]
            if is_file(path) and not _is_same(path, tomogram):
                yield path, read


def _is_same(path: Path, tomogram: Path) -> bool:
    return os.path.normcase(path) == os.path.normcase(tomogram)


def _imod(text: str, path: Path) -> _Values:
    """Lines of first and last view, first and last angle, defocus in nm, perhaps a second one."""
    rows = _number_rows(text, path)
    flags = 0
    if rows and len(rows[0]) == 6 and rows[0][5] == _IMOD_HEADER_VERSION:
        flags = int(rows.pop(0)[0])
    astigmatic = bool(flags & _ASTIGMATISM)
    values = [np.mean(row[4:6]) if astigmatic and len(row) > 5 else row[4] for row in rows if len(row) > 4]
    return np.array(values, float) / _NM_PER_UM


def _ctffind(text: str, path: Path) -> _Values:
    """Lines of number, two defocus values in ångström, azimuth, and more."""
    rows = _number_rows(text, path)
    return np.array([np.mean(row[1:3]) for row in rows if len(row) > 4], float) / _ANGSTROM_PER_UM


def _relion(text: str, path: Path) -> _Values:
    """``rlnDefocusU`` and ``rlnDefocusV`` in ångström, of the tilts of this tomogram."""
    with reading(path, _WHAT):
        rows = [row for block in parse_star(text) if _tells_defocus(block) for row in block.rows]
        values = [_mean(row) for row in rows]
    return np.array(values, float) / _ANGSTROM_PER_UM


def _tells_defocus(block: StarBlock) -> bool:
    """Whether it is of one tilt series: lists of particles or of several tomograms are not."""
    return "rlnDefocusU" in block.columns and "rlnTomoName" not in block.columns


def _mean(row: Mapping[str, str]) -> float:
    first = float(row["rlnDefocusU"])
    return (first + float(row.get("rlnDefocusV", first))) / 2


def _number_rows(text: str, path: Path) -> list[Sequence[float]]:
    with reading(path, _WHAT):
        lines = [line.split("#")[0].split() for line in text.splitlines()]
        return [[float(word) for word in line] for line in lines if line]


#: By the end of their names; what precedes it is the tomogram's name, or the tilt series'.
_READERS: Mapping[str, _Reader] = {
    ".defocus": _imod,
    "_ctf.txt": _ctffind,
    ".star": _relion,
}


def defocus_or_reason(tomogram: Path) -> tuple[FoundDefocus | None, str]:
    """The defocus, or in a sentence why a file was left out; both empty where there is no file."""
    try:
        return find_defocus(tomogram), ""
    except CryoVesError as error:
        return None, f"{error} It was left out; the defocus is found from the membranes."

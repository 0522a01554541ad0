"""What a tomogram is called: in one way for files that are written and for names that are found in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

#: Endings that say what kind of file it is, not which tomogram.
KNOWN_SUFFIXES = frozenset(
    {".mrc", ".rec", ".nad", ".st", ".map", ".ali", ".preali", ".gz", ".bz2", ".xz"}
    | {".tif", ".tiff", ".ome", ".zarr", ".zip", ".ozx", ".cryoves"}
)
#: Folders that are images, of which parts are named by their paths.
_IMAGE_FOLDERS = (".zarr", ".ozx")
#: Endings of other programs' files that stand for a tilt series in lists of particles.
_SERIES_SUFFIXES = KNOWN_SUFFIXES | {".tomostar", ".mdoc", ".xml", ".eer", ".hdf", ".em", ".aln", ".star"}
#: What programs add to the name of a tilt series where they reconstruct it: Warp the voxel size, AreTomo ``_Vol``,
#: IMOD and RELION ``rec``, filters their own names.
_ADDED_BEHIND = re.compile(
    r"(?i)[_.-]?(\d+(\.\d+)?apx|(?<=[_.-])(vol|evn|odd|even|2nd|full|rec|recon|bin\d+|ali|aligned|ctf|wbp|sirt|fbp|"
    r"filtered|filt|deconv|denoised|corrected|isonet|cryocare|topaz|nad|flipped|flip|rotx|zyx|xyz))$"
)
_DIGITS, _BARE_NUMBER = re.compile(r"\d{1,9}", re.ASCII), re.compile(r"(\d{1,9})(?:\.0+)?", re.ASCII)
_ADDED_BEFORE = re.compile(r"(?i)^(rec|recon)_")


def stem(path: Path) -> str:
    """The name without all known endings: ``b12.rec.nad`` and ``b12.mrc.gz`` are both ``b12``."""
    return _without_endings(image_path(path).name, KNOWN_SUFFIXES)


def image_path(path: Path) -> Path:
    """What results lie beside: the image of which a path is a level (``b12.zarr/1``) or another part, else itself."""
    inside = (p for p in path.parents if Path(p.name.lower().removesuffix(".zip")).suffix in _IMAGE_FOLDERS)
    return next(inside, path)


def shown_name(path: Path) -> str:
    """What a person is shown: the file's name, or the image's with the part of it that is meant (``b12.zarr/1``)."""
    return path.relative_to(image_path(path).parent).as_posix() if image_path(path) != path else path.name


def tomogram_name(path: Path) -> str:
    """The tomogram's name in lists of particles: its stem, in characters that any text file can hold."""
    return _written(stem(path))


def matching_names(own: str, stated: Iterable[str]) -> tuple[str, ...]:
    """Those of some stated names that mean the tomogram ``own``, in order.

    The same name goes first; if there is none, the same name under another ending; then one that differs by case;
    then one that differs by what programs add (``TS_01.mrc_13.28Apx``, ``TS_01_Vol``, ``rec_TS_01``). Where all names
    are bare numbers, as cryoCAT writes them, the last number in ``own`` counts. Several names come back where several
    fit equally well.
    """
    distinct = tuple(dict.fromkeys(stated))
    steps: tuple[Callable[[str], str], ...] = (_written, _without_folders, _folded, _of_series)
    for step in steps:
        found = tuple(name for name in distinct if step(name) == step(own))
        if found:
            return found
    numbers = {name: int(m[1]) for name in distinct if (m := _BARE_NUMBER.fullmatch(name.strip()))}
    meant = last_number(own) if len(numbers) == len(distinct) else None
    return tuple(name for name, number in numbers.items() if number == meant)


def last_number(name: str) -> int | None:
    """The last number in a name: ``TS_017`` is 17, as cryoCAT and others number."""
    found = _DIGITS.findall(name)
    return int(found[-1]) if found else None


def _written(name: str) -> str:
    """A name on one line and without double quotes; what is no Unicode becomes a question mark."""
    legible = name.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", " ".join(legible.split()).replace('"', "'"))


def _without_folders(name: str) -> str:
    return _without_endings(re.split(r"[/\\]", _written(name))[-1], _SERIES_SUFFIXES)


def _folded(name: str) -> str:
    return _without_folders(name).casefold()


def _of_series(name: str) -> str:
    """The name of the tilt series alone, as far as it shows."""
    last, name = "", _folded(name)
    while name != last:
        last = name
        for shorter in (
            _without_endings(name, _SERIES_SUFFIXES),
            _ADDED_BEHIND.sub("", name).rstrip("_.-"),
            _ADDED_BEFORE.sub("", name),
        ):
            name = shorter if name == last and shorter else name
    return name


def _without_endings(name: str, endings: frozenset[str]) -> str:
    while (suffix := Path(name).suffix).lower() in endings and Path(name).stem:
        name = name[: -len(suffix)]
    return name

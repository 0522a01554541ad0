"""Words for sentences that are told to people."""

#: How names of values end that have a unit, and how the unit is written.
_UNITS = {"_nm": "nm", "_um": "µm", "_angstrom": "Å", "_deg": "°", "_px": "voxels"}


def counted(count: int, noun: str) -> str:
    """A number with its noun, whose plural ends in s: “1 vesicle”, “3 vesicles”."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def bytes_in_words(count: float) -> str:
    """An amount of memory or disk with its unit, never rounded to nothing: 0 bytes, 640 bytes, 3.1 MB, 12 GB."""
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        amount = count / 1000**power
        if amount >= 1:
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return f"{count:.0f} bytes"


def words_and_unit(name: str) -> tuple[str, str]:
    """A value's name in words and its unit, empty where it has none: ``defocus_um`` → “defocus” and “µm”."""
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " "), unit
    return name.replace("_", " "), ""

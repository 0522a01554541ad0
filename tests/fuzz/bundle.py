"""A folder as one file, so that it can be damaged as others are."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_BETWEEN = b"\n%%%\n"


def pack(folder: Path, path: Path) -> None:
    """All files of a folder, each after its name."""
    inside = sorted(p for p in folder.rglob("*") if p.is_file())
    parts = [str(p.relative_to(folder)).encode() + b"\0" + p.read_bytes() for p in inside]
    path.write_bytes(_BETWEEN.join(parts))


def unpack(path: Path) -> Path:
    """The folder that ``pack`` made a file of. Only names that the whole one had become files again."""
    folder = path.with_name(f"{path.name}.folder")
    folder.mkdir(exist_ok=True)
    for known in [p for p in folder.rglob("*") if p.is_file()]:
        known.unlink()
    for part in path.read_bytes().split(_BETWEEN):
        name, _, content = part.partition(b"\0")
        if _is_harmless(name):
            place = folder / name.decode()
            with suppress(OSError):  # a name twice, once as a folder
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
    return folder


def _is_harmless(name: bytes) -> bool:
    """A short path downwards, of letters; what damage makes of a name else is left out."""
    parts = name.split(b"/")
    plain = all(
        part and part.strip(b".") and part.replace(b".", b"").replace(b"_", b"").isalnum() for part in parts
    )
    return plain and name.isascii() and len(name) < 60

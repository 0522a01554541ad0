"""The files of a folder that people see: no half-written ones, and none of those that macOS lays beside each."""

from __future__ import annotations

from pathlib import Path


def visible_files(folder: Path, pattern: str = "*") -> list[Path]:
    """What fits a pattern and is not hidden, by name."""
    return sorted(
        p
        for p in folder.glob(pattern)
        if not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )

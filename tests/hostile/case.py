"""A hostile file: how it is made, what reads it, and what has to come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """``make`` gets an empty folder and returns the file to read; ``words`` are in the sentence that comes out.

    Without words there is nothing wrong with reading it: it has to be read, within the same limits.
    """

    make: Callable[[Path], Path]
    read: Callable[[Path], object]
    words: str = ""

"""Where a project's files may lie."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path


def is_sample(path: Path) -> bool:
    """Whether a file came with the program: nothing is saved beside it."""
    try:
        return path.resolve().is_relative_to(resource_path("sample").resolve())
    except CryoVesError:
        return False

"""Names of temporary folders, in which files are made that then take their place, and of files without them."""

from __future__ import annotations

import re
from pathlib import Path

#: When it was made, on which computer, and a random part: ``.cryoves-019a3…-1f0c2b3d-9a8b7c.partial``.
TEMPORARY_NAME = re.compile(r"\.cryoves-(?P<made>[0-9a-f]{11})-(?P<machine>[0-9a-f]{8})-[0-9a-f]{6}\.partial")
#: In a temporary folder, for what goes into the folder around that one.
CONTENT = ".cryoves-content"


def as_named(path: Path) -> Path:
    """Where a file will lie in the end that is written in a temporary folder: the name that users know."""
    return Path(*(part for part in path.parts if part != CONTENT and not TEMPORARY_NAME.fullmatch(part)))

"""Files that come with the program: the sample, the bundled model, icons."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.errors import CryoVesError

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_path(*parts: str) -> Path:
    """The path of a bundled file or folder, in a checkout, a wheel or the frozen program.

    A wheel and the frozen program carry ``resources/`` inside the package; in a checkout the folder
    stands beside it.

    Raises
    ------
    CryoVesError
        The installation lacks it.
    """
    for root in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    missing = "/".join(parts) or "its resources"
    raise CryoVesError(f"This installation lacks {missing}: install CryoVes again.")

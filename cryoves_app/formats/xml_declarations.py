"""XML that may come from strangers."""

from __future__ import annotations

import os
from pathlib import Path
from xml.parsers import expat

from cryoves_app.domain.errors import CryoVesError


def refuse_declarations(path: str | os.PathLike[str]) -> None:
    """Refuse XML that declares a document type: entities may grow without end, or be other files.

    Raises
    ------
    CryoVesError
        If the file does so.
    ExpatError
        If it is no XML.
    """

    def refuse(*_: object) -> None:
        raise CryoVesError(
            f"{path} declares entities of its own, as no file of this kind does; it was not read."
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    with Path(path).open("rb") as stream:
        parser.ParseFile(stream)

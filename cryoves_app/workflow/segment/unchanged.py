"""Whether the tomogram is still the same after a run: files are read bit by bit, and others may write them anew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.reading import reading
from cryoves_app.formats.ome_zarr.identity import look_at_zarr

_BLOCKS = 64
_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True)
class FileSeen:
    """A file as it was: its size, a hash of blocks from all over it, and when it was written."""

    path: Path
    size: int
    digest: str
    written: tuple[int, int]

    @classmethod
    def at(cls, path: Path) -> FileSeen:
        """As it is now.

        Raises
        ------
        CryoVesError
            If it cannot be read.
        """
        with reading(path, "a tomogram"):
            if (folder := look_at_zarr(path)) is not None:
                return cls(path, folder.size, folder.digest, (folder.written, 0))
            digest = hashlib.sha256()
            with path.open("rb") as stream:
                size = stream.seek(0, 2)
                for block in range(_BLOCKS):
                    stream.seek(block * max(size - _BLOCK_BYTES, 0) // (_BLOCKS - 1))
                    digest.update(stream.read(_BLOCK_BYTES))
            known = path.stat()
            return cls(path, size, digest.hexdigest(), (known.st_mtime_ns, known.st_ino))

    def check_again(self) -> Note | None:
        """A note if the file was written anew with what looks like the same content.

        Raises
        ------
        CryoVesError
            If it holds something else now, or is gone.
        """
        now = FileSeen.at(self.path)
        if (now.size, now.digest) != (self.size, self.digest):
            raise CryoVesError(
                f"{self.path} was changed while it was in use, so results would mix two images and none were kept; "
                "run it again when the file is finished."
            )
        if now.written != self.written:
            sentence = f"{self.path} was written anew during the run; its content seems to be the same."
            return Note(NoteKind.INPUT, sentence)
        return None


@dataclass(frozen=True)
class InputsSeen:
    """The volumes of a run as they were at its start."""

    files: tuple[FileSeen, ...]

    @classmethod
    def of(cls, *paths: str | Path | None) -> InputsSeen:
        return cls(tuple(FileSeen.at(Path(path)) for path in paths if path))

    def notes(self) -> tuple[Note, ...]:
        """What is to be told of them at the end; raises as ``FileSeen.check_again``."""
        return tuple(note for file in self.files if (note := file.check_again()))

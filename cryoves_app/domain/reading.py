"""Files of others: any failure to read one becomes a sentence, and any text is decoded in one way."""

from __future__ import annotations

import codecs
import errno
import json
import locale
import os
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.shortage import is_shortage, what_helps
from cryoves_app.domain.temporary_names import as_named

#: Longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST_PATH = 1000
_PIECE_BYTES = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def reading(path: str | os.PathLike[str], what: str) -> Iterator[None]:
    """Turn whatever goes wrong while a file is read into one sentence that names it.

    A reader trusts nothing in a file, but its libraries do: they fail with any exception there is. All that
    touches the bytes of a file, or numbers made from them, belongs inside.

    Parameters
    ----------
    path
        The file as the user knows it.
    what
        What it should have been, with its article: ``"a STAR file"``.

    Raises
    ------
    CryoVesError
        For every ``Exception`` that comes up inside; those that are sentences already pass as they are.
    """
    try:
        _refuse_pipe(path, what)
        yield
    except CryoVesError:
        raise
    except Exception as error:
        raise CryoVesError(_sentence(_known(str(path)), what, error)) from error


def _known(path: str) -> str:
    """The name that users know: results are read again before they take their place."""
    name = str(as_named(Path(path)))
    return path if name == str(Path(path)) else name  # else as it was typed


def _refuse_pipe(path: str | os.PathLike[str], what: str) -> None:
    """Refuse what has the name of a file and is none: reading from a pipe may wait for ever.

    Pipes without a name, as of the shell's ``<(…)``, have somebody who writes into them.
    """
    try:
        mode = os.lstat(os.path.realpath(path)).st_mode
    except (OSError, ValueError):  # who reads it says why
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISCHR(mode)):
        raise CryoVesError(f"{path} is no file but a device or a pipe; give {what}.")


# Path's own tests fail for names that are too long, and in folders that one may not look into.


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether there is such a file; what cannot be a name names none."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether there is such a folder."""
    return os.path.isdir(path)  # noqa: PTH112


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether anything of that name can be seen."""
    return os.path.exists(path)  # noqa: PTH110


def is_missing(path: str | os.PathLike[str]) -> bool:
    """Whether there is surely nothing of that name; what one may not look at is for its reader to refuse."""
    try:
        os.stat(path)  # noqa: PTH116
    except OSError as error:
        return error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
    except ValueError:  # no name at all
        return True
    return False


def read_start(stream: IO[bytes], count: int) -> bytes:
    """So many bytes, or all there are; in pieces, since a stream makes room for as many as it is asked for."""
    pieces = []
    while count and (piece := stream.read(min(count, _PIECE_BYTES))):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def read_text(path: str | os.PathLike[str], what: str, most_bytes: int = 1 << 28) -> str:
    """The text of a file in whatever encoding an editor left it.

    Raises
    ------
    CryoVesError
        If the file is missing, may not be read, is larger than ``most_bytes``, or is no text.
    """
    with reading(path, what):
        with Path(path).open("rb") as stream:
            data = read_start(stream, most_bytes + 1)
        if len(data) > most_bytes:
            raise CryoVesError(f"{path} is too large for {what}.")
        return decode_text(data)


def read_settings(path: str | os.PathLike[str], what: str, most_bytes: int = 1 << 20) -> dict[str, Any]:
    """Names and values from TOML or JSON, by the ending or else the first character.

    What the values are is for the caller to check.

    Raises
    ------
    CryoVesError
        As ``read_text``, and if the file is neither of the two, or holds something else than names and values.
    """
    text = read_text(path, what, most_bytes)
    with reading(path, what):
        suffix = Path(path).suffix.lower()
        is_toml = suffix == ".toml" or (suffix != ".json" and not text.lstrip().startswith("{"))
        try:
            data = tomllib.loads(text) if is_toml else json.loads(text)
        except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
            kind = "TOML" if is_toml else "JSON"
            raise CryoVesError(f"{path} could not be read as {what}: it is no {kind} ({error}).") from error
    if not isinstance(data, dict):
        raise CryoVesError(f"{path} is not {what}: it holds no table of names and values.")
    return data


def shorten_value(value: object, most: int = 60) -> str:
    """A value of a file as it stands in a sentence, never long."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write out whole numbers of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= most else text[:most] + "…"


def decode_text(data: bytes) -> str:
    """Bytes as text: by their mark, else UTF-8, else the code page of this computer or of Western Europe.

    Line ends stay as they are.

    Raises
    ------
    ValueError
        If the bytes are no text.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _unmarked(data)
    text = data.decode(encoding).lstrip("\ufeff")
    if "\0" in text:
        raise ValueError("this is no text")
    return text


def _unmarked(data: bytes) -> str:
    """The encoding of bytes without a mark. In UTF-16 every second byte of a Latin letter is 0."""
    if len(data) >= 4 and len(data) % 2 == 0:
        for name, zeros, letters in (
            ("utf-16-le", data[1::2], data[::2]),
            ("utf-16-be", data[::2], data[1::2]),
        ):
            if zeros.count(0) > len(zeros) * 0.7 and not letters.count(0):
                return name
    for name in ("utf-8", locale.getencoding(), "cp1252"):
        try:
            data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        return name
    return "latin-1"


def _sentence(path: str, what: str, error: Exception) -> str:
    if len(path) > _LONGEST_PATH:
        path = f"{path[:_LONGEST_PATH]}…"
    if "\0" in path:
        return f"“{path.split(chr(0))[0]}…” is no name of a file: it holds a character that none can have."
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"{path} does not exist."
    if isinstance(error, OSError) and os.path.isdir(path):  # noqa: PTH112 - Path's own may fail; which is a missing right on Windows
        return f"{path} is a folder, not {what}."
    if is_shortage(error):
        return f"{path} could not be read: there is not enough memory for it; {what_helps()}."
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"{path} could not be read: the disk for temporary files is full."
    # libraries raise OSErrors of their own, without a number, where they dislike the content
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return f"{path} could not be read: {error.strerror.lower()}."
    return f"{path} could not be read as {what}; it is damaged, or another kind of file."

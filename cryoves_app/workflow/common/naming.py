"""Names of outputs: one folder for each tomogram, and never one for two."""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.tomogram_names import stem

_QUOTES = ('""', "''", "“”", "„“", "«»", "‘’")
#: What people write behind a name in a list.
_NOTE_BEHIND = re.compile(r"\s#")
#: A word in braces, or a brace that stands alone.
_IN_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def as_path(text: str) -> str:
    """A path as people paste it into a list: in quotes, as ``file://`` or from ``~`` on."""
    plain = text.strip()
    if len(plain) > 1 and plain[0] + plain[-1] in _QUOTES:
        plain = plain[1:-1]
    if plain.lower().startswith("file:"):
        from urllib.request import url2pathname  # slow to load, and seldom needed

        address = urlsplit(plain)
        host = "" if address.netloc in ("", "localhost") else f"//{address.netloc}"
        return host + url2pathname(address.path)
    return os.path.expanduser(plain)  # noqa: PTH111 - Path's own fails where there is no such home


def as_found(text: str, folder: Path) -> str:
    """A path of a list as it is on the disk: other systems write the same name with other marks.

    Letters with accents are one or two signs (macOS), folders are parted by other strokes (Windows), and people note
    something behind the name. Where nothing of that is there, it is the path as it reads.
    """
    plain = as_path(text)
    noted = as_path(_NOTE_BEHIND.split(text, maxsplit=1)[0])
    composed = [unicodedata.normalize(form, plain) for form in ("NFC", "NFD")]
    tried = (plain, *composed, plain.replace("\\", "/"), noted)
    return next((name for name in tried if name and os.path.exists(folder / name)), plain)  # noqa: PTH110 - may be no name


def expand(patterns: Iterable[str]) -> list[Path]:
    """Files that names and patterns stand for, each once, in the given order.

    A pattern that the shell left alone (on Windows it always does) is expanded here.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        with reading(pattern, "a tomogram"):  # no name may hold just any character, nor be of any length
            for path in _matches(pattern):
                found.setdefault(path.resolve(), path)
    return list(found.values())


def _matches(pattern: str) -> list[Path]:
    if Path(pattern).exists() or not glob.has_magic(pattern):
        return [Path(pattern)]
    matches = sorted(glob.glob(_with_literal_folders(pattern)))  # noqa: PTH207 - Path.glob takes no absolute patterns
    if not matches:
        raise CryoVesError(f"No file fits the pattern “{pattern}”.")
    return [Path(m) for m in matches]


def _with_literal_folders(pattern: str) -> str:
    """The pattern with folders that exist under their very names taken as such: ``[2024] run/*.mrc``."""
    fixed = Path()
    parts = Path(pattern).parts
    for number, part in enumerate(parts):
        if not (fixed / part).exists():
            return str(Path(glob.escape(str(fixed)), *parts[number:]))
        fixed /= part
    return glob.escape(str(fixed))


def output_folders(tomograms: Sequence[Path], directory: Path) -> list[Path]:
    """The output folder of each tomogram, all different, also where case doesn't count.

    Where two have the same stem, the names of the folders that they lie in come first.
    """
    names = [stem(t) for t in tomograms]
    for depth in range(1, _deepest(tomograms) + 1):
        repeated = _repeated(names)
        if not repeated:
            break
        names = [
            _with_parents(t, depth) if n.casefold() in repeated else n
            for t, n in zip(tomograms, names, strict=True)
        ]
    return [directory / n for n in _numbered(names)]


def _deepest(tomograms: Sequence[Path]) -> int:
    return max((len(t.resolve().parts) for t in tomograms), default=0)


def _repeated(names: Iterable[str]) -> set[str]:
    return {name for name, count in Counter(n.casefold() for n in names).items() if count > 1}


def _with_parents(tomogram: Path, depth: int) -> str:
    parents = [p.name for p in tomogram.resolve().parents if p.name]
    return "_".join([*reversed(parents[:depth]), stem(tomogram)])


def _numbered(names: Iterable[str]) -> list[str]:
    """For files like ``b.mrc`` and ``b.rec`` of one folder, which only a number can tell apart."""
    seen: Counter[str] = Counter()
    given = []
    for name in names:
        seen[name.casefold()] += 1
        given.append(name if seen[name.casefold()] == 1 else f"{name}_{seen[name.casefold()]}")
    return given


def companion(pattern: str, tomogram: Path) -> Path:
    """The file that belongs to a tomogram, from a pattern with ``{dir}`` and ``{stem}``.

    Raises
    ------
    CryoVesError
        If the pattern names anything else in braces.
    """
    words = {"dir": str(tomogram.parent), "stem": stem(tomogram)}
    made = Path(_IN_BRACES.sub(lambda found: words.get(found[1], found[0]), pattern))
    if any(word not in words for word in _IN_BRACES.findall(pattern)) and not os.path.exists(made):  # noqa: PTH110
        raise CryoVesError(
            f"The pattern “{pattern[:200]}” may hold {{dir}} and {{stem}} only, as in '{{dir}}/{{stem}}_cell.mod'."
        )
    return made

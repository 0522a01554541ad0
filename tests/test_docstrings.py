"""What takes or gives arrays says which shape and unit they have, and which radius of a vesicle is meant.

Which functions these are is read from the code: those with an array of ``numpy`` or of ``domain/arrays.py`` in their
signature, and classes with such a field.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cryoves_app"
FOLDERS = ("analysis", "network", "formats")

#: ``(n,)``, ``(n, 4)``, ``(z, y, x / 8)``; or an array that may have any shape.
SHAPE = re.compile(
    r"\([^()\s,]+(?: [+\-/*] [^()\s,]+)?,(?: [^()\s,]+(?: [+\-/*] [^()\s,]+)?,?)*\)|(any|same) shape"
)
#: What a number counts: a length, an angle, a grey value, or something that has no unit.
UNIT = re.compile(
    r"\b(nm|1/nm²?|voxels?|pixels?|degrees|radians|grey|units?|standard deviations?|probabilit(y|ies)|logits?|share|"
    r"-?[01] to 1|0 and 1|[01] in(side)?|0 (outside|elsewhere)|"
    r"numbers?|indices|bool|bytes|same array)\b|_(nm|px|deg)\b",
    re.IGNORECASE,
)
#: Rows of a vesicle's place and radius.
SPHERES = re.compile(r"\((n, |m, |k, )?4,?\)")
RADIUS = re.compile(r"\b(mid-plane|outer|outer edge)\b")
SECTION = re.compile(r"^(\w+)\n-+\n", re.MULTILINE)


@dataclass(frozen=True)
class Documented:
    """A function, method or class, the names of its array parameters or fields, and whether it returns arrays."""

    place: str
    text: str
    arrays: tuple[str, ...]
    returns_arrays: bool = False


def _aliases() -> frozenset[str]:
    """Names of arrays, wherever the package defines one."""
    names = {"NDArray", "VoxelArray"}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("NDArray["):
                names |= {ast.unparse(target) for target in node.targets}
    return frozenset(names)


ARRAYS = _aliases()


def _is_array(annotation: ast.expr | None) -> bool:
    parts = () if annotation is None else ast.walk(annotation)
    return any((isinstance(n, ast.Name) and n.id in ARRAYS) or ast.unparse(n) == "np.ndarray" for n in parts)


Public = ast.FunctionDef | ast.ClassDef


def _public() -> Iterator[tuple[str, Public]]:
    """Public functions and classes, and the public methods of these."""
    for path in sorted(p for folder in FOLDERS for p in (PACKAGE / folder).rglob("*.py")):
        for node in _named(ast.parse(path.read_text(encoding="utf-8")).body):
            place = f"{path.relative_to(PACKAGE).as_posix()}:{node.name}"
            yield place, node
            if isinstance(node, ast.ClassDef):
                yield from ((f"{place}.{part.name}", part) for part in _named(node.body))


def _named(nodes: list[ast.stmt]) -> Iterator[Public]:
    yield from (n for n in nodes if isinstance(n, Public) and not n.name.startswith("_"))


PUBLIC = dict(_public())


def _documented(place: str, node: Public) -> Documented:
    text = ast.get_docstring(node) or ""
    if isinstance(node, ast.ClassDef):
        fields = (n for n in node.body if isinstance(n, ast.AnnAssign) and _is_array(n.annotation))
        return Documented(place, text, tuple(ast.unparse(n.target) for n in fields))
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    arrays = tuple(a.arg for a in given if _is_array(a.annotation))
    return Documented(place, text, arrays, _is_array(node.returns))


FOUND = {
    item.place: item
    for item in (_documented(place, node) for place, node in PUBLIC.items())
    if item.arrays or item.returns_arrays
}


def test_there_is_something_to_hold() -> None:
    assert len(FOUND) > 100
    assert {"MidSpheres", "Probability", "NDArray"} <= ARRAYS


@pytest.mark.parametrize("place", FOUND)
def test_shape_and_unit_are_named(place: str) -> None:
    item = FOUND[place]
    sections = _sections(item.text)
    listed = sections.get("Parameters", "") + sections.get("Attributes", "")
    entries = _entries(listed)
    assert SHAPE.search(item.text), "names no shape"
    assert UNIT.search(item.text), "names no unit"
    for name in item.arrays:
        if listed:
            assert SHAPE.search(entries.get(name, "")), f"no shape of {name}"
            assert UNIT.search(entries[name]), f"no unit of {name}"
    if item.returns_arrays and "Returns" in sections:
        assert SHAPE.search(sections["Returns"]), "no shape of what it returns"
        assert UNIT.search(sections["Returns"]), "no unit of what it returns"


@pytest.mark.parametrize("place", [p for p, d in FOUND.items() if SPHERES.search(d.text)])
def test_the_radius_that_is_meant_is_named(place: str) -> None:
    assert RADIUS.search(FOUND[place].text)


def _raises_a_sentence(node: Public) -> bool:
    raised = (n.exc for n in ast.walk(node) if isinstance(n, ast.Raise))
    return any(isinstance(e, ast.Call) and ast.unparse(e.func) == "CryoVesError" for e in raised)


RAISING = [p for p, node in PUBLIC.items() if isinstance(node, ast.FunctionDef) and _raises_a_sentence(node)]


@pytest.mark.parametrize("place", RAISING)
def test_errors_for_the_user_are_named(place: str) -> None:
    text = ast.get_docstring(PUBLIC[place]) or ""
    assert "CryoVesError" in _sections(text).get("Raises", "") or text.startswith("As ``")


def _sections(text: str) -> dict[str, str]:
    parts = SECTION.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _entries(section: str) -> dict[str, str]:
    """Each name's line and what follows it, of a section in numpy's form; several names may share a line."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line and not line.startswith(" "):
            names = [name.strip(" *") for name in line.split(" : ")[0].split(",")]
            found |= dict.fromkeys(names, "")
        for name in names:
            found[name] += line + "\n"
    return found

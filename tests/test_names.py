"""A name that modules give to others means one thing in the whole package."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "cryoves_app"

#: Names that a protocol asks of each module that takes part in it.
PROTOCOLS = {
    "add_parser": "each command of the command line",
    "run": "each command of the command line",
    "main": "each program that can be started",
}


def test_no_name_stands_for_two_things() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    shared = {taken for tree in trees.values() for taken in _imported(tree)}
    for path, tree in trees.items():
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for name, is_constant in _defined(tree):
            # a constant that stays at home is read beside its own comment
            if not is_constant or (module, name) in shared:
                places[name].append(module)
    assert {n: p for n, p in places.items() if len(p) > 1 and n not in PROTOCOLS} == {}


def test_protocols_are_taken_part_in_more_than_once() -> None:
    found = [n for p in PACKAGE.rglob("*.py") for n, _ in _defined(ast.parse(p.read_text(encoding="utf-8")))]
    assert {name: found.count(name) > 1 for name in PROTOCOLS} == dict.fromkeys(PROTOCOLS, True)


def _defined(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Public names of a module's top level, and whether each is a constant (no function, class or type alias)."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names, is_constant = [node.name], False
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            is_constant = all(n.isupper() or n.islower() for n in names)
        else:
            continue
        yield from ((n, is_constant) for n in names if not n.startswith("_"))


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Modules, and what is taken from each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)

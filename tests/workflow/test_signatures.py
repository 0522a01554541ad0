"""What the use cases hand to each other has types: no tables of anything outside the one codec."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "cryoves_app" / "workflow"
CODEC = PACKAGE / "jobs" / "codec.py"
TABLE_OF_ANYTHING = re.compile(r"\b(dict|Mapping|MutableMapping)\[\w+, Any\]")


def annotations(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names and types of arguments, results, and fields of classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from (
                (f"{node.name}({a.arg})", ast.unparse(a.annotation)) for a in arguments if a.annotation
            )
            if node.returns is not None:
                yield node.name, ast.unparse(node.returns)
        elif isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.AnnAssign):
                    yield f"{node.name}.{ast.unparse(item.target)}", ast.unparse(item.annotation)


def test_no_signature_speaks_of_tables_of_anything() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}: {name}": kind
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != CODEC
        for name, kind in annotations(ast.parse(path.read_text(encoding="utf-8")))
        if TABLE_OF_ANYTHING.search(kind)
    }
    assert found == {}


def test_such_a_signature_is_seen() -> None:
    method = "def f(self, y: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]: ..."
    source = f"class A:\n    x: dict[str, Any]\n    {method}"
    kinds = [kind for _, kind in annotations(ast.parse(source))]
    assert len(kinds) == 3
    assert all(map(TABLE_OF_ANYTHING.search, kinds))

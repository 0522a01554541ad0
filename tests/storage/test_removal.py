"""Nothing is removed anywhere but in the one module that knows what is ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cryoves_app

PACKAGE = Path(cryoves_app.__file__).parent
#: Where removing, and renaming onto something, is at home.
STORAGE = PACKAGE / "storage"
REMOVING = {"rmtree", "unlink", "remove", "removedirs", "rmdir"}
OF_LIBRARIES = {"TemporaryDirectory", "NamedTemporaryFile", "mkdtemp", "mkstemp", "move", "renames"}


def _removals(source: str) -> Iterator[str]:
    """Calls and names that remove a file or folder, or put one in the place of another."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="shutil" | "os" | "tempfile"), attr=attr):
                if attr in REMOVING | OF_LIBRARIES | {"rename", "replace"}:
                    yield f"{node.lineno}: {attr}"
            case ast.Attribute(attr="rmtree" | "unlink" | "rmdir"):
                yield f"{node.lineno}: {node.attr}"
            case ast.Call(func=ast.Attribute(attr="replace"), args=[_], keywords=[]):
                yield f"{node.lineno}: replace, which takes the place of a file"
            case ast.ImportFrom(module="os" | "shutil" | "tempfile", names=names):
                if {n.name for n in names} & (REMOVING | OF_LIBRARIES):
                    yield f"{node.lineno}: import"


@pytest.mark.parametrize(
    "source",
    [
        "import shutil\nshutil.rmtree(a)",
        "path.unlink(missing_ok=True)",
        "run(path.unlink)",
        "import os\nos.remove(a)",
        "os.replace(a, b)",
        "temporary.replace(final)",
        "from shutil import rmtree as gone",
        "folder.rmdir()",
        "tempfile.TemporaryDirectory()",
        "shutil.move(a, b)",
    ],
)
def test_the_rule_sees_every_way(source: str) -> None:
    assert len(list(_removals(source))) == 1


def test_the_rule_leaves_others_alone() -> None:
    fine = "text.replace('a', 'b')\nreplace(job, a=1)\nwidgets.remove(x)\npath.rename_it()\nshutil.copyfile(a, b)"
    assert list(_removals(fine)) == []


def test_only_the_storage_removes() -> None:
    found = {
        str(path.relative_to(PACKAGE)): list(_removals(path.read_text(encoding="utf-8")))
        for path in PACKAGE.rglob("*.py")
        if STORAGE not in path.parents
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_even_there_trees_are_removed_at_one_place_only() -> None:
    lines = [
        f"{path.name} {line}"
        for path in sorted(STORAGE.glob("*.py"))
        for line in _removals(path.read_text(encoding="utf-8"))
        if line.endswith(("rmtree", "unlink", "rmdir", "remove"))
    ]
    assert [line.split()[0] for line in lines] == ["removal.py"] * 3

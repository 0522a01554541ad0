"""What docs/security.md promises: each line names tests that exist, and no code of the program runs what files hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cryoves_app"
PAGE = ROOT / "docs" / "security.md"

#: Modules that run or rebuild what a file holds, and those that talk to other computers.
EXECUTING = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "marshal",
    "shelve",
    "yaml",
    "runpy",
    "code",
}
TALKING = {
    "socket", "socketserver", "http", "urllib.request", "ftplib", "smtplib", "requests", "httpx", "aiohttp",
    "webbrowser", "PySide6.QtNetwork", "PySide6.QtWebEngineCore", "cryoet_data_portal",
}  # fmt: skip
#: Calls as they are written, and methods by their last name.
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.execvp"}
METHODS = {"extractall", "enable_load_extension", "load_extension", "read_pickle"}
#: Modules that may, and why.
ONLINE = {
    "workflow/quality/public_run.py": "check-public, which says that it goes online",
    "workflow/batch/cluster.py": "the scheduler of the user's own cluster, where --scheduler names one",
    "workflow/common/naming.py": "no connection: takes the path out of a file:// address",
}
#: Keyword arguments that turn a harmless call into one that runs something.
ARGUMENTS = {"shell": True, "allow_pickle": True, "safe_mode": False}


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_of(module: str, known: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in known)


def _call(node: ast.Call) -> Iterator[str]:
    written = ast.unparse(node.func).removeprefix("builtins.")
    if written in CALLS or written.rpartition(".")[2] in METHODS:
        yield f"{written}()"
    for keyword in node.keywords:
        value = getattr(keyword.value, "value", None)
        if keyword.arg in ARGUMENTS and value is ARGUMENTS[keyword.arg]:
            yield f"{keyword.arg}={value}"


def dangers(source: str, *, may_talk: bool = False) -> list[str]:
    """What in some source runs the content of files, or talks to other computers."""
    found = []
    for node in ast.walk(ast.parse(source)):
        modules = [m for m in _imports(node) if _is_of(m, EXECUTING | (set() if may_talk else TALKING))]
        found += modules[:1]
        if isinstance(node, ast.Call):
            found += _call(node)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from yaml import load",
        "import urllib.request",
        "from PySide6.QtNetwork import QTcpSocket",
        "from PySide6 import QtNetwork",
        "eval('1')",
        "builtins.exec(text)",
        "os.system('ls')",
        "subprocess.run(words, shell=True)",
        "np.load(path, allow_pickle=True)",
        "keras.models.load_model(path, safe_mode=False)",
        "archive.extractall(folder)",
        "connection.enable_load_extension(True)",
    ],
)
def test_the_rule_sees_each_way(source: str) -> None:
    assert len(dangers(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "re.compile('a')",
        "np.load(p, allow_pickle=False)",
        "subprocess.run(words)",
        "from urllib.parse import quote",
    ],
)
def test_the_rule_leaves_others_alone(source: str) -> None:
    assert dangers(source) == []


def test_nothing_from_files_is_executed_and_no_module_talks_to_other_computers() -> None:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if told := dangers(path.read_text(encoding="utf-8"), may_talk=name in ONLINE):
            found[name] = told
    assert found == {}
    assert [name for name in ONLINE if not dangers((PACKAGE / name).read_text(encoding="utf-8"))] == []


def _promises() -> list[tuple[str, list[str]]]:
    """The rows of the page's tables: a promise, and the tests that hold it."""
    rows = [
        line.strip("|").split("|")
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line[:1] == "|"
    ]
    return [(row[0].strip(), re.findall(r"`(tests/[^`]+)`", row[-1])) for row in rows if "--" not in row[0]]


def test_each_promise_names_tests() -> None:
    promises = [row for row in _promises() if row[0] != "promise"]
    assert len(promises) > 15
    assert [promise for promise, tests in promises if not tests] == []


def test_the_tests_that_are_named_exist() -> None:
    missing = []
    for _, tests in _promises():
        for test in tests:
            file, _, name = test.partition("::")
            text = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).is_file() else ""
            if not re.search(rf"^def {re.escape(name)}\(", text, re.MULTILINE):
                missing.append(test)
    assert missing == []

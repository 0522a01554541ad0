"""Sentences are for people: no code of the program decides anything by what one says.

What is looked for in each function: substring tests, comparisons, parsing and patterns on names that speak
(``sentence``, ``note``, ``reason`` …), on anything where the other side is a phrase of several words, and substring
tests on any argument that is a text. Where text comes from a file, a library or the keyboard it has to be read; those
places are listed with what they read, and a place that reads no more is to leave the list.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cryoves_app"
#: The command line only tells.
ROOMS = ("domain", "analysis", "network", "formats", "workflow", "ui")

#: Parts of names under which sentences for people go about.
SPEAKING = frozenset(
    ("sentence", "message", "note", "warning", "reason", "notice", "error", "failure", "doubt", "words", "text", "why",
     "told", "answer", "hint")
)  # fmt: skip
SUBSTRING = frozenset(
    (
        "startswith",
        "endswith",
        "split",
        "rsplit",
        "partition",
        "rpartition",
        "find",
        "rfind",
        "index",
        "rindex",
    )
)
PARSERS = SUBSTRING | {
    "count", "removeprefix", "removesuffix", "splitlines", "strip", "rstrip", "lstrip", "lower", "upper", "casefold",
    "replace", "isspace", "translate",
}  # fmt: skip
PATTERNS = frozenset(("match", "search", "fullmatch", "findall", "finditer", "sub"))

#: Places that read text which is no sentence of the program, by module or by module and function, and what they read.
READERS = {
    "domain.reading": "files, and their names",
    "workflow.links.plan:typed_thresholds": "numbers that were typed",
    "domain.vesicle_filter:parse_filter": "a condition that was typed",
    "domain.shortage": "shortage of memory, which libraries and drivers tell in words alone",
    "domain.errors:one_line": "words of libraries: laid out as one line, not understood",
    "formats.defocus:_number_rows": "tables of numbers",
    "formats.dynamo": "tables",
    "formats.tables.numerals": "numbers in tables",
    "formats.project.project_schema": "the SQL of a project file",
    "formats.pyto": "tables",
    "formats.pyto_segments": "tables",
    "formats.tables.rows": "tables",
    "formats.tables.star_text": "STAR files",
    "formats.tables.table": "tables",
    "formats.tiff_metadata": "descriptions in TIFF files",
    "network.engines.base:translate_error": "last words of libraries and drivers: cut off, not understood",
    "network.weight_files:_member": "a name in a weight file",
    "workflow.batch.queue_file": "queues",
    "workflow.common.copick_names": "a project and a run that were typed",
    "workflow.common.naming:as_path": "a path that was pasted",
    "workflow.health.computer:_processor_name": "what the system tells of its processors",
    "workflow.health.graphics_cards": "what the system tells of its cards",
    "ui.base.reviewer:usable_name": "a name that was typed",
    "ui.base.commands": "texts of commands, and what is searched for",
    "ui.dialogs.about:update_hint": "an address in a file",
    "ui.panels.card.presenter:refresh": "given a capital letter",
    "ui.panels.export.options:options": "a file and names that were typed",
    "ui.panels.export.presenter:_target": "a folder that was typed",
    "ui.panels.gallery.view:__init__": "a choice from a list",
    "ui.panels.measure.pool_table": "names and numbers that were typed",
    "ui.panels.points.presenter:write": "a folder that was typed",
    "ui.panels.queue.presenter:_pattern": "a path that was typed",
    "ui.shell.command_search:_fill": "what is searched for",
}


class _Finder(ast.NodeVisitor):
    """Collects the functions in which a sentence may be read."""

    def __init__(self, module: str) -> None:
        self._module, self._function = module, ""
        self._texts: frozenset[str] = frozenset()
        self.found: dict[str, str] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer = self._function, self._texts
        self._function = self._function or node.name
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self._texts |= {
            a.arg
            for a in arguments
            if a.annotation is not None and ast.unparse(a.annotation) in ("str", "str | None")
        }
        self.generic_visit(node)
        self._function, self._texts = outer

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if isinstance(operator, ast.In | ast.NotIn):
                is_read = _is_phrase(left) or (_is_literal(left) and (_speaks(right) or self._is_text(right)))
            elif isinstance(operator, ast.Eq | ast.NotEq):
                pair = (left, right)
                is_read = any(map(_is_phrase, pair)) or (
                    any(map(_speaks, pair)) and any(map(_is_worded, pair))
                )
            else:
                is_read = False
            self._keep(node, is_read)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            method, owner = node.func.attr, node.func.value
            is_parsed = method in PARSERS and (_speaks(owner) or _is_said(owner))
            is_substring = method in SUBSTRING and self._is_text(owner) and any(map(_is_worded, node.args))
            is_pattern = method in PATTERNS and any(_speaks(a) or _is_said(a) for a in node.args)
            is_looked_up = method == "get" and bool(node.args) and _speaks(node.args[0])
            self._keep(node, is_parsed or is_substring or is_pattern or is_looked_up)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.slice, ast.Name | ast.Attribute):
            self._keep(node, _speaks(node.slice))
        self.generic_visit(node)

    def visit_Match(self, node: ast.Match) -> None:
        patterns = [
            p.value for case in node.cases for p in ast.walk(case.pattern) if isinstance(p, ast.MatchValue)
        ]
        self._keep(
            node.subject,
            any(map(_is_phrase, patterns)) or (_speaks(node.subject) and any(map(_is_worded, patterns))),
        )
        self.generic_visit(node)

    def _is_text(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._texts

    def _keep(self, node: ast.AST, is_read: bool) -> None:
        if is_read:
            self.found.setdefault(f"{self._module}:{self._function}", ast.unparse(node))


def _name(node: ast.expr) -> str:
    """The last name of an expression: ``outcome.sentence`` is a sentence, so is ``event["sentence"]``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name
        case ast.Subscript(value=value) | ast.Call(func=value):
            return _name(value)
    return ""


def _speaks(node: ast.expr) -> bool:
    name = _name(node)
    if name[:1].isupper() or name.isupper():  # a class, a constant
        return False
    return any(part in SPEAKING or part.removesuffix("s") in SPEAKING for part in name.lower().split("_"))


def _is_said(node: ast.expr) -> bool:
    """``str(error)`` is the sentence of an error."""
    return (
        isinstance(node, ast.Call) and _name(node.func) == "str" and bool(node.args) and _speaks(node.args[0])
    )


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_worded(node: ast.expr) -> bool:
    """A text with letters, or made at run time."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and any(c.isalpha() for c in node.value)
    return isinstance(node, ast.JoinedStr)


def _is_phrase(node: ast.expr) -> bool:
    """Several words in one text."""
    return _is_worded(node) and isinstance(node, ast.Constant) and len(node.value.split()) > 1


def readers(source: str, module: str = "m") -> dict[str, str]:
    """Functions of a source that may read a sentence, with the first line that does."""
    finder = _Finder(module)
    finder.visit(ast.parse(source))
    return finder.found


def test_nothing_is_decided_by_what_a_sentence_says() -> None:
    found: dict[str, str] = {}
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
            found |= readers(path.read_text(encoding="utf-8"), module)
    unexpected = {p: line for p, line in found.items() if not {p, p.partition(":")[0]} & set(READERS)}
    assert unexpected == {}
    reading = set(found) | {place.partition(":")[0] for place in found}
    assert [place for place in READERS if place not in reading] == []


@pytest.mark.parametrize(
    "line",
    [
        'if "found" in sentence: save()',
        'if "found" in event["sentence"]: save()',
        'if "No graphics card was" in x: save()',
        'if outcome.sentence == "Cancelled.": save()',
        'if str(event.get("sentence", "")).startswith("Needs about"): return',
        'short = sentence.split(" · ")[0]',
        'engine, _, device = notes[0].partition(" on ")',
        'doubt = warnings[-1].rstrip(".")',
        'if "p =" not in vesicle.reason: pass',
        'if re.search("found", self._message): pass',
        'if str(error).endswith("busy"): pass',
        "colour = COLOURS[outcome.sentence]",
        "colour = COLOURS.get(self.notice)",
        'match failure:\n        case "Cancelled.": pass',
        'match x:\n        case "It was cancelled.": pass',
        'if "gone" in thing: pass',
        'if thing.startswith("gone"): pass',
        'if x.why == f"no {thing}": pass',
    ],
)
def test_what_reads_a_sentence_is_found(line: str) -> None:
    assert list(readers(f"def f(thing: str) -> None:\n    {line}\n")) == ["m:f"]


@pytest.mark.parametrize(
    "line",
    [
        "self.label.setText(outcome.sentence)",
        "if outcome.status is RunStatus.FAILED: raise CryoVesError(outcome.sentence)",
        "if note.kind is NoteKind.FACES: tell(note.sentence)",
        'text = f"{count} found: {sentence}"',
        "if note not in notes: notes.append(note)",
        'if "recipe" in record: pass',
        'name = " ".join([sentence, why])',
        'if state == "done": pass',
        "if sentence: tell(sentence)",
        "rows = [row for row in table if row.name in names]",
    ],
)
def test_what_only_tells_one_is_not(line: str) -> None:
    assert readers(f"def f(thing: int) -> None:\n    {line}\n") == {}

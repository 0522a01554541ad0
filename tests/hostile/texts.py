"""Lists of points of strangers: JSON, XML, STAR, tables of numbers, motive lists."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.targets import bring_in
from tests.hostile.case import Case

_BOMB = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
_DECLARED = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{_BOMB}]><x>&i;</x>'
_REACHING = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
_BESIDE = '<!DOCTYPE x SYSTEM "http://localhost/x.dtd"><x/>'
_NO_KIND = "could not be read as"


def _of(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def _case(name: str, content: str | bytes, words: str) -> Case:
    return Case(_of(name, content), bring_in, words)


def _line(**more: object) -> str:
    return json.dumps({"type": "instancePoint", "location": {"x": 1.0, "y": 1.0, "z": 1.0}, **more})


def _place(value: str) -> str:
    return f'{{"type": "point", "location": {{"x": {value}, "y": 1, "z": 1}}}}'


NDJSON: dict[str, Case] = {
    "ndjson without end of nesting": _case("a.ndjson", "[" * 2_000_000, _NO_KIND),
    "ndjson with a place beyond all numbers": _case("a.ndjson", _place("1e999"), "usable place"),
    "ndjson with a number of thousands of digits": _case("a.ndjson", _place("9" * 9999), _NO_KIND),
    "ndjson with a place that is none": _case("a.ndjson", _place("NaN"), "usable place"),
    "ndjson with a list in place of a number": _case("a.ndjson", _place("[[1]]"), _NO_KIND),
    "ndjson with absurdly many instances": _case(
        "a.ndjson", "\n".join(_line(instance_id=n) for n in range(40_000)), "holds no vesicle"
    ),
    "ndjson with an instance beyond all numbers": _case("a.ndjson", _line(instance_id=10**30), "belong"),
    "ndjson with a negative instance": _case("a.ndjson", _line(instance_id=-1), "belong"),
}


def _annotation(said: object) -> str:
    return json.dumps({"annotation_object": {}, "files": [{"shape": "Point", "path": said}]})


def _linked(folder: Path) -> Path:
    """The file that lies beside is a link to one that does not."""
    (folder / "points.ndjson").symlink_to("/etc/passwd")
    return _of("a.json", _annotation("points.ndjson"))(folder)


ANNOTATIONS: dict[str, Case] = {
    **{
        f"annotation that names {said}": _case("a.json", _annotation(said), "leads elsewhere")
        for said in ("../b.ndjson", "/etc/passwd", "a/../../b.ndjson", "file:///etc/passwd", "..\\b.ndjson")
    },
    "annotation that names a number": _case("a.json", _annotation(7), "leads elsewhere"),
    "annotation that names a link to elsewhere": Case(_linked, bring_in, _NO_KIND),
    "annotation of absurdly many files": _case(
        "a.json",
        json.dumps({"annotation_object": {}, "files": [{"shape": "Point", "path": "b"}] * 30_000}),
        "does not lie beside it",
    ),
}


def _picks(**point: object) -> str:
    return json.dumps({"points": [{"location": {"x": 1, "y": 1, "z": 1}, **point}]})


PICKS: dict[str, Case] = {
    "picks with a scale that is none": _case(
        "a.json", _picks(transformation_=[[1e999] * 4] * 4), "usable place"
    ),
    "picks with a transformation of one number": _case("a.json", _picks(transformation_=[1]), _NO_KIND),
    "picks with a radius beyond all numbers": _case("a.json", _picks(radius_angstrom=1e300), "radius"),
    "picks with a place beyond all numbers": _case(
        "a.json", '{"points": [{"location": {"x": 1e999, "y": 1, "z": 1}}]}', "usable place"
    ),
    "picks that are no list": _case("a.json", '{"points": {"a": 1}}', "no copick picks"),
    "picks without end of nesting": _case("a.json", '{"points": ' + "[" * 500_000, _NO_KIND),
}


def _markers(*ids: object) -> str:
    inside = "".join(f'<marker id="{n}" x="1" y="1" z="1" radius="9"/>' for n in ids)
    return f"<marker_set>{inside}</marker_set>"


XML: dict[str, Case] = {
    **{
        f"{ending} that {what}": _case(f"a.{ending}", text, "entities")
        for ending in ("cmm", "sff")
        for what, text in (
            ("grows without end", _DECLARED),
            ("reaches for other files", _REACHING),
            ("reaches for other computers", _BESIDE),
        )
    },
    "cmm without end of nesting": _case("a.cmm", "<a>" * 300_000, _NO_KIND),
    "cmm of nested markers": _case("a.cmm", "<a>" * 100_000 + "</a>" * 100_000, "holds no vesicle"),
    "cmm of one number, again and again": _case("a.cmm", _markers(*[1] * 30_000), ""),
    "cmm with a number of thousands of digits": _case("a.cmm", _markers("9" * 9999), _NO_KIND),
    "cmm with a number beyond all": _case("a.cmm", _markers(10**15), ""),
    "cmm with a negative number": _case("a.cmm", _markers(-4), ""),
    "cmm with a place that is none": _case("a.cmm", _markers(1).replace('x="1"', 'x="nan"'), "usable place"),
    "sff without end of nesting": _case("a.sff", "<segmentation>" * 100_000, "a.sff"),
    "sff without anything in it": _case("a.sff", "<segmentation/>", "a.sff"),
}

_HEAD = "data_particles\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n"
STAR: dict[str, Case] = {
    "star of open quotes": _case("a.star", _HEAD + '"a ' * 300_000, "a.star"),
    "star of single open quotes": _case("a.star", _HEAD + "'a " * 300_000, "a.star"),
    "star of empty quotes": _case("a.star", _HEAD + '"" ' * 300_000, "a.star"),
    "star of comments": _case("a.star", _HEAD + "# " * 500_000, "holds no vesicle"),
    "star of absurdly many columns": _case(
        "a.star", "data_particles\nloop_\n" + "".join(f"_c{n}\n" for n in range(100_000)), "a.star"
    ),
    "star of absurdly many blocks": _case("a.star", "data_a\n" * 100_000, "a.star"),
    "star with a place beyond all numbers": _case("a.star", _HEAD + "1e999 1 1\n", "a.star"),
    "star with a row that is cut short": _case("a.star", _HEAD + "1 1 1\n1 1\n", "a.star"),
}


def _row(**columns: object) -> str:
    values: list[object] = [0] * 35
    values[19:20], values[23:26] = [1], [5, 5, 5]
    for name, value in columns.items():
        values[int(name[1:]) - 1] = value
    return " ".join(map(str, values)) + "\n"


def _motives(rows: int, columns: int = 20, slices: int = 1, numbers: bytes = bytes(80)) -> bytes:
    head = bytes((6, 0, 0, 5)) + struct.pack("<3i", columns, rows, slices)
    return head.ljust(512, b"\0") + numbers


NUMBERS: dict[str, Case] = {
    "tbl with a tag beyond all numbers": _case("a.tbl", _row(c1="1e300"), "usable place or tag"),
    "tbl with a place that is none": _case("a.tbl", _row(c24="inf"), "usable place or tag"),
    "tbl of one endless row": _case("a.tbl", "1 " * 500_000, ""),
    "tbl of rows of all lengths": _case("a.tbl", "".join("1 " * n + "\n" for n in range(1, 900)), _NO_KIND),
    "tbl with a number of thousands of digits": _case("a.tbl", _row(c24="9" * 99_999), "usable place or tag"),
    "tbl of complex numbers without end": _case("a.tbl", _row(c24="1+1i" * 50_000), _NO_KIND),
    "em that says it has two thousand million points": _case("a.em", _motives((1 << 31) - 1), _NO_KIND),
    "em that says it has fewer than none": _case("a.em", _motives(-1), "no motive list"),
    "em of columns without end": _case("a.em", _motives(1, (1 << 31) - 1), "no motive list"),
    "em of slices without end": _case("a.em", _motives(1, 20, 1 << 30), "no motive list"),
    "em with a place that is none": _case("a.em", _motives(1, numbers=b"\xff" * 80), "usable place"),
    "em of nothing": _case("a.em", b"", "a.em"),
}
TEXTS = {**NDJSON, **ANNOTATIONS, **PICKS, **XML, **STAR, **NUMBERS}

"""Files that are damaged, or that somebody edited, give a sentence, and so does all that follows their reading."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from tests.fuzz.targets import KINDS

#: What people and programs put where a number or a name should be.
ODD = (
    b"nan", b"inf", b"-1", b"1e400", b"9" * 5000, b"0x" + b"f" * 6000, b"9223372036854775808", b"", b"\0", b"\xff\xfe",
    b'"', b"'", b"[" * 3000, b"{", b"\n", b",", b";", b"1,5", "ü".encode(), b"../../x", b"{stem:>2000000000}", b"true",
    b"1e9", b"1e308", b"<NA>", b"#", b"x" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=25)
@given(data=st.data())
def test_damage_gives_nothing_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    write, read = KINDS[name]
    path = tmp_path_factory.getbasetemp() / "damaged" / name
    path.parent.mkdir(exist_ok=True)
    write(path)
    raw = path.read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        stop = at + data.draw(st.integers(0, 8))
        raw = raw[:at] + data.draw(st.binary(max_size=4) | st.sampled_from(ODD)) + raw[stop:]
    path.write_bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    with suppress(CryoVesError):
        read(path)


@pytest.mark.parametrize("name", KINDS)
def test_whole_files_are_read(tmp_path: Path, name: str) -> None:
    write, read = KINDS[name]
    write(tmp_path / name)
    read(tmp_path / name)

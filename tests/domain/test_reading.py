from __future__ import annotations

import codecs
import errno
import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.reading import decode_text, exists, is_file, is_folder, is_missing, read_text, reading

TEXT = "Größe;Kürzel\r\nüber;µm\r\n"


def failing(error: BaseException, path: str = "a.star") -> str:
    with pytest.raises(CryoVesError) as found, reading(path, "a STAR file"):
        raise error
    return str(found.value)


@pytest.mark.parametrize(
    "error",
    [
        TypeError("a"), RecursionError(), OverflowError(), ValueError("embedded null byte"), struct.error("x"),
        UnicodeError("x"), zlib.error("x"), EOFError(), KeyError("x"), AssertionError(), OSError("unknown content"),
        AttributeError("x"), ZeroDivisionError(), NotImplementedError(),
    ],
)  # fmt: skip
def test_any_failure_becomes_one_sentence_that_names_the_file(error: Exception) -> None:
    expected = "a.star could not be read as a STAR file; it is damaged, or another kind of file."
    assert failing(error) == expected


def test_causes_outside_the_file_are_told() -> None:
    assert failing(FileNotFoundError()) == "a.star does not exist."
    assert failing(PermissionError(errno.EACCES, "Permission denied")).endswith("read: permission denied.")
    assert failing(OSError(errno.ENAMETOOLONG, "File name too long")).endswith("read: file name too long.")
    assert "disk for temporary files is full" in failing(OSError(errno.ENOSPC, "No space left"))
    assert "not enough memory" in failing(MemoryError())
    assert "is no name of a file" in failing(ValueError("embedded null byte"), "a\0.star")


def test_a_result_that_is_read_again_is_named_as_it_will_be() -> None:
    written = "/d/.cryoves-1a22c0614b3-26e11e93-b0689d.partial/.cryoves-content/a.csv"
    assert failing(MemoryError(), written).startswith("/d/a.csv could not be read")


def test_want_of_memory_is_told_whatever_class_it_has() -> None:
    for error in (RuntimeError("std::bad_alloc"), OSError(errno.ENOMEM, "Cannot allocate memory")):
        assert failing(error).startswith("a.star could not be read: there is not enough memory for it; close")


def test_a_short_file_takes_no_room_for_a_long_one(tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text(TEXT, encoding="utf-8")
    tracemalloc.start()
    try:
        assert len(read_text(tmp_path / "short.csv", "a table")) == len(TEXT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20  # 256 MB could be asked for


def test_a_folder_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="is a folder, not a table"):
        read_text(tmp_path, "a table")


def test_sentences_and_interrupts_pass() -> None:
    assert failing(CryoVesError("As it is.")) == "As it is."
    with pytest.raises(Cancelled), reading("a", "a table"):
        raise Cancelled
    with pytest.raises(KeyboardInterrupt), reading("a", "a table"):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "cp1252", "latin-1"],
)
def test_text_is_read_as_editors_save_it(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.csv").write_bytes(TEXT.encode(encoding))
    assert read_text(tmp_path / "t.csv", "a table") == TEXT


def test_marks_of_the_other_byte_order() -> None:
    assert decode_text(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")) == TEXT
    assert decode_text(codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be")) == TEXT


def test_a_mark_that_stands_twice_is_no_text() -> None:
    assert decode_text(codecs.BOM_UTF8 * 2 + b"x") == "x"


@given(st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"])))
def test_any_utf_8_comes_back(text: str) -> None:
    assert decode_text(text.encode()) == text
    assert decode_text(text.encode("utf-8-sig")) == text


@given(st.binary(max_size=40))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        assert "\0" not in decode_text(data)
    except ValueError:
        assert data


def test_a_file_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_bytes(b"x" * 11)
    with pytest.raises(CryoVesError, match="is too large for a recipe"):
        read_text(tmp_path / "t.toml", "a recipe", most_bytes=10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_with_a_name_is_not_waited_for_but_that_of_a_shell_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "queue.txt")
    (tmp_path / "link.txt").symlink_to("queue.txt")
    for name in ("queue.txt", "link.txt"):
        with pytest.raises(CryoVesError, match=rf"{name} is no file but a device or a pipe; give a queue"):
            read_text(tmp_path / name, "a queue")
    out, into = os.pipe()  # as of <(…)
    with os.fdopen(into, "w") as stream:
        stream.write("a.mrc\n")
    assert read_text(f"/dev/fd/{out}", "a queue") == "a.mrc\n"
    os.close(out)


@pytest.mark.parametrize("name", ["n" * 5000, "a\0b", "none", "file/in"])
def test_what_cannot_be_there_is_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    path = f"{tmp_path}/{name}"
    assert is_missing(path)
    assert [test(path) for test in (is_file, is_folder, exists)] == [False, False, False]


def test_what_one_may_not_look_at_is_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_missing(tmp_path)

    def refuse(path: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    assert not is_missing(tmp_path / "of others")

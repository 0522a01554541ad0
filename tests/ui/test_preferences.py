"""What is remembered between starts, whatever the file holds."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.ui.base.preferences import FILE_NAME, RECENT_LENGTH, VERSION, PreferenceFile, Preferences

LOGGER = "cryoves_app.ui.base.preferences"
texts = st.lists(st.text()).map(tuple)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def write(folder: Path, **values: object) -> None:
    (folder / FILE_NAME).write_text(json.dumps({"version": VERSION, **values}), encoding="utf-8")


@given(
    st.builds(
        Preferences,
        theme=st.text(),
        recent=texts,
        tags=texts,
        hidden_panels=texts,
        geometry=st.binary(),
        columns=st.binary(),
        columns_of=st.integers(),
    )
)
def test_settings_come_back_as_they_were(settings: Preferences) -> None:
    assert Preferences.from_plain(json.loads(json.dumps(settings.to_plain()))) == settings


@given(st.dictionaries(st.sampled_from([f.name for f in fields(Preferences)]) | st.text(), json_values))
def test_whatever_the_file_holds_there_are_settings(plain: dict[str, Any]) -> None:
    found = Preferences.from_plain({**plain, "version": VERSION})
    for field in fields(Preferences):
        assert type(getattr(found, field.name)) is type(getattr(Preferences(), field.name))


def test_a_change_is_there_at_the_next_start(tmp_path: Path) -> None:
    PreferenceFile(tmp_path / "new").change(theme="light", geometry=b"\x00\xff", tags=("docked",))
    again = PreferenceFile(tmp_path / "new").now
    assert (again.theme, again.geometry, again.tags) == ("light", b"\x00\xff", ("docked",))
    assert again.layout == Preferences().layout


def test_bad_keys_are_dropped_and_logged_and_the_others_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, theme="light", geometry="no base64!", recent=["a", 3], columns_of=True, colour="mauve")
    with caplog.at_level(logging.WARNING, LOGGER):
        found = PreferenceFile(tmp_path).now
    assert found == Preferences(theme="light")
    for key in ("geometry", "recent", "columns_of", "colour"):
        assert f"'{key}'" in caplog.text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff[broken",
        b"[1, 2]",
        b'{"theme": "light"}',
        b'{"version": 99, "theme": "light"}',
        b"[" * 9999,
    ],
)
def test_a_file_that_is_none_of_ours_is_forgotten_and_logged(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with caplog.at_level(logging.WARNING, LOGGER):
        preferences = PreferenceFile(tmp_path)
    assert preferences.now == Preferences()
    assert preferences.recent == []
    assert "forgotten" in caplog.text
    preferences.change(theme="light")
    assert PreferenceFile(tmp_path).now.theme == "light"


def test_two_windows_do_not_undo_each_others_changes(tmp_path: Path) -> None:
    one, other = PreferenceFile(tmp_path), PreferenceFile(tmp_path)
    files = [tmp_path / name for name in ("a.mrc", "b.mrc")]
    for file, preferences in zip(files, (one, other), strict=True):
        file.touch()
        preferences.add_recent(file)
    one.change(theme="light")
    assert other.now.theme == "dark"
    other.change(layout="XY")
    again = PreferenceFile(tmp_path)
    assert (again.now.theme, again.now.layout, again.recent) == ("light", "XY", files[::-1])


def test_files_opened_lately_are_the_newest_that_still_exist(tmp_path: Path) -> None:
    preferences = PreferenceFile(tmp_path)
    files = [tmp_path / f"{n}.mrc" for n in range(RECENT_LENGTH + 2)]
    for file in files:
        file.touch()
        preferences.add_recent(file)
    preferences.add_recent(files[4])
    expected = [files[4], *[f for f in reversed(files) if f != files[4]]][:RECENT_LENGTH]
    assert preferences.recent == expected
    files[4].unlink()
    assert preferences.recent == expected[1:]


@pytest.mark.skipif(sys.platform == "win32", reason="a file in the place of a folder refuses otherwise there")
def test_where_nothing_can_be_written_settings_hold_while_the_window_is_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    preferences = PreferenceFile(tmp_path / "file")
    with caplog.at_level(logging.WARNING, LOGGER):
        preferences.change(theme="light")
        preferences.change(layout="XY")
    assert (preferences.now.theme, preferences.now.layout) == ("light", "XY")
    assert "could not be written" in caplog.text


def test_a_window_opens_with_settings_that_mean_nothing(
    tmp_path: Path, make_window: Any, preferences: Any
) -> None:
    preferences.change(
        theme="mauve", layout="none", geometry=b"x", docks=b"y", columns=b"z", tags=("", "a", "a")
    )
    window = make_window(opengl=False)
    assert window.parts.views.layout_name == "4-up"
    assert window.size().width() == 1440
    assert window.parts.tags.names[:3] == ("tag 1", "a", "tag 3")

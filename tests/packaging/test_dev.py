from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.packaging.conftest import SCRIPTS


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("win32", {}, True),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "a b"}, False),
    ],
)
def test_where_a_window_can_be_shown(script, platform, environ, expected):
    assert script("dev").has_display(platform, environ) is expected


def test_window_tests_get_a_process_of_their_own(script):
    checks = script("checks")
    ui, ui_file, other = "tests/ui", "tests/ui/test_a.py", "tests/uitools.py"
    assert checks.split_window_tests([ui, other, ui_file]) == ([ui, ui_file], [other])


def test_missing_system_packages_are_named_with_the_command(script, monkeypatch):
    debian = script("debian")
    monkeypatch.setattr(debian, "can_install", lambda: False)
    with pytest.raises(
        debian.SetupError, match=r"libraries; install it with: sudo apt-get install xvfb libegl1"
    ):
        debian.install(["xvfb", "libegl1"], "The tests need system libraries")


def test_nothing_missing_asks_for_nothing(script, monkeypatch):
    debian = script("debian")
    monkeypatch.setattr(debian, "can_install", lambda: pytest.fail("nothing is to be installed"))
    debian.install([], "none")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has these packages")
def test_absent_library_is_reported_by_its_package(script, monkeypatch):
    debian = script("debian")
    monkeypatch.setitem(debian.WINDOW_LIBRARIES, "libabsent-cryoves.so.1", "libabsent1")
    assert "libabsent1" in debian.missing_window_packages()


def test_wrong_usage_is_told_without_touching_anything():
    command = [sys.executable, str(SCRIPTS / "dev.py"), "fly"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "choose from" in answer.stderr


def test_a_check_that_hangs_is_stopped_and_fails(script, capfd):
    checks = script("checks")
    hanging = ("hanging", [sys.executable, "-c", "import time; time.sleep(600)"])
    assert checks._failures([hanging], dict(os.environ), 0.5) == ["hanging"]
    assert "still not done" in capfd.readouterr().out

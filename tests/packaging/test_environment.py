from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Script = Callable[[str], ModuleType]


@pytest.fixture
def environment(script: Script) -> ModuleType:
    return script("environment")


def _fake_python(folder: Path, name: str, answer: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_running_python_is_taken_when_it_is_supported(environment):
    assert environment.find_python() == sys.executable


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_name_that_answers_with_another_version_is_passed_over(environment, tmp_path, monkeypatch):
    _fake_python(tmp_path, "python3.13", "3 9")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(environment, "SUPPORTED", ((3, 13),))
    assert environment._python_on_path() is None


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_newest_supported_python_on_the_path_is_found(environment, tmp_path, monkeypatch):
    link = tmp_path / "python{}.{}".format(*sys.version_info[:2])
    link.symlink_to(sys.executable)
    _fake_python(tmp_path, "python3.99", "not a python")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(environment, "SUPPORTED", ((3, 99), sys.version_info[:2]))
    assert Path(environment._python_on_path()).resolve() == Path(sys.executable).resolve()


def test_old_python_without_a_replacement_is_one_sentence(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(environment, "SUPPORTED", ((2, 0),))
    with pytest.raises(
        environment.SetupError, match=r"needs Python 3\.11, 3\.12 or 3\.13, and this is 3\.1\d"
    ):
        environment.find_python()


def test_sentence_names_the_command_where_apt_is(environment, tmp_path, monkeypatch):
    _fake_python(tmp_path, "apt-get", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sudo apt-get install python3.12" in environment.needs_python_sentence((3, 9))


def test_stamp_changes_with_what_the_environment_is_made_from(environment, tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("a", encoding="utf-8")
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("numpy==1", encoding="utf-8")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "CONSTRAINTS", constraints)
    before = environment.make_stamp({"gui"})
    assert environment.make_stamp({"gui"}) == before
    assert environment.make_stamp({"gui", "test"}) != before
    constraints.write_text("numpy==2", encoding="utf-8")
    assert environment.make_stamp({"gui"}) != before


def test_stamp_of_a_broken_environment_does_not_count(environment, tmp_path, monkeypatch):
    stamp = tmp_path / "stamp.json"
    stamp.write_text(json.dumps({"extras": ["gui"]}), encoding="utf-8")
    assert environment.read_stamp(tmp_path / "none.json") == {}
    monkeypatch.setattr(environment, "venv_python", lambda: tmp_path / "no-python")
    assert environment.read_stamp(stamp) == {}
    monkeypatch.setattr(environment, "venv_python", lambda: Path(sys.executable))
    assert environment.read_stamp(stamp) == {"extras": ["gui"]}


def test_constraints_are_exact_versions_without_places(environment):
    for line in environment.CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            assert "==" in line
            assert "://" not in line
            assert "@" not in line

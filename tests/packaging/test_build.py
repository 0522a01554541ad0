from __future__ import annotations

import sys

import pytest

from cryoves_app import __version__
from tests.packaging.conftest import SCRIPTS


@pytest.fixture
def build(script):
    return script("build")


def test_version_is_the_programs(build):
    assert build.version() == __version__


def test_signing_command_gets_each_file(build, tmp_path, monkeypatch):
    signed = tmp_path / "signed"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1] + '.sig').write_text('yes')"
    monkeypatch.setenv("CRYOVES_SIGN", f'"{sys.executable}" -c "{code}"')
    build.sign(signed)
    assert (tmp_path / "signed.sig").read_text(encoding="utf-8") == "yes"


def test_nothing_is_signed_without_a_command(build, tmp_path, monkeypatch):
    monkeypatch.delenv("CRYOVES_SIGN", raising=False)
    build.sign(tmp_path / "program")
    assert not list(tmp_path.iterdir())


def test_where_newer_versions_are_is_noted_only_for_this_build(build, tmp_path, monkeypatch):
    note = tmp_path / "releases.txt"
    monkeypatch.setenv("CRYOVES_RELEASES", "https://example.org/releases")
    build.note_releases(note)
    assert note.read_text(encoding="utf-8") == "https://example.org/releases\n"
    monkeypatch.delenv("CRYOVES_RELEASES")
    build.note_releases(note)
    assert not note.exists()


def test_inno_setup_is_found_off_the_path_and_missed_in_a_sentence(build, tmp_path, monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    monkeypatch.setenv("ProgramFiles(x86)", str(tmp_path))
    monkeypatch.delenv("ProgramFiles", raising=False)
    with pytest.raises(build.debian.SetupError, match=r"Inno Setup 6\.3 or newer"):
        build.find_inno_setup()
    compiler = tmp_path / "Inno Setup 6" / "ISCC.exe"
    compiler.parent.mkdir()
    compiler.touch()
    assert build.find_inno_setup() == str(compiler)


def test_windows_script_is_plain_ascii_and_names_files_that_exist():
    """Inno Setup would take other letters for those of the builder's code page."""
    script = (SCRIPTS / "windows" / "cryoves.iss").read_text(encoding="ascii")
    assert "{#Root}\\LICENSE" in script
    assert (SCRIPTS.parent / "LICENSE").is_file()


def test_macos_application_is_tried_where_it_is_and_not_beside(script, tmp_path):
    smoke = script("smoke")
    assert (
        smoke._program(tmp_path / "CryoVes.app", "cryoves") == tmp_path / "CryoVes.app/Contents/MacOS/cryoves"
    )
    assert smoke._program(tmp_path / "cryoves", "cryoves") == tmp_path / "cryoves/cryoves"


def test_smoke_test_sees_nothing_of_the_development_environment(script, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere")
    env = script("smoke").clean_environment(tmp_path, {"DISPLAY": ":7"})
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"} & set(env)
    assert env["DISPLAY"] == ":7"
    assert sys.prefix not in env["PATH"]


def test_licences_reach_what_is_needed_indirectly(script, tmp_path):
    script("licences").write_licences(tmp_path, ["scikit-image"])
    texts = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert "numpy" in texts
    assert "Redistribution and use" in texts["scikit-image"]
    assert "pytest" not in texts
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in texts["LGPL-3"]


def test_debians_own_python_needs_its_library(script, monkeypatch):
    debian = script("debian")
    monkeypatch.setattr(debian.sys, "platform", "linux")
    monkeypatch.setattr(debian.shutil, "which", lambda name: "/usr/bin/objdump")
    assert debian.missing_build_packages("/usr", "3.99") == ["libpython3.99"]
    assert debian.missing_build_packages("/opt/python", "3.99") == []
    monkeypatch.setattr(debian.shutil, "which", lambda name: None)
    assert debian.missing_build_packages("/opt/python", "3.99") == ["binutils"]

"""What is written to a disk that is full: one sentence with the name that the user gave, and nothing is left."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

from cryoves_app.cli.main import main
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.export_formats import EXPORT_FORMATS
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.copick.project import read_copick_project
from cryoves_app.formats.movie import can_write_mp4, write_movie
from cryoves_app.formats.project.project_file import write_project
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from tests.cli.program import command, environment
from tests.formats.copick_projects import make_project
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.small_disk import small_disk
from tests.workflow.pyto_example import VOXEL_NM, active_zone, cytoplasm, tomogram, vesicles

PICTURES = ["f.png", "f.svg", "f.pdf", "f.tif", "f.mp4", "pictures"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = write_mrc_bytes(tmp_path / "tomo.mrc", tomogram().data, mode=1)
    path = tmp_path / "synapse.cryoves"
    reference = reference_to(open_volume(source, VOXEL_NM), path)
    found = VesicleSet.of(vesicles())
    write_project(path, Project(reference, vesicles=found, regions=(cytoplasm(), active_zone())))
    return path


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "full", megabytes=1) as disk:
        (disk / "others").write_bytes(bytes((1 << 20) - 4096))
        yield disk


def _refused(words: list[object], full: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([str(word) for word in words]) == 1
    sentence = capsys.readouterr().err.strip().splitlines()[-1]
    assert ".cryoves-" not in sentence
    assert [p.name for p in full.iterdir()] == ["others"]
    return sentence


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure(full: Path, project: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if name == "f.mp4" and not can_write_mp4():
        pytest.skip("no OpenCV")
    sweep = ["--sweep", "--every", "5"] if name in ("f.mp4", "pictures") else []
    sentence = _refused(["figure", project, "-o", full / name, *sweep], full, capsys)
    assert sentence == f"{full / name} could not be written: the disk is full."


@pytest.mark.parametrize("key", [f.key for f in EXPORT_FORMATS if f.key != "copick"])
def test_an_export(full: Path, project: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    who = ["--author", "Ada Lovelace:0000-0002-1825-0097"] if key == "portal" else []
    sentence = _refused(["export", project, "-o", full / "e", "--format", key, *who], full, capsys)
    assert f"{full / 'e' / 'synapse'}" in sentence
    assert "the disk is full" in sentence or "bytes free" in sentence or "kB free" in sentence


def test_vesicles_for_a_copick_project(
    tmp_path: Path, full: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = make_project(tmp_path / "p", overlay_root=f"local://{full / 'overlay'}")
    tomogram_file = read_copick_project(config).tomograms("TS_001")[0].path
    reference = reference_to(open_volume(tomogram_file, 1.469), None)
    write_project(
        tmp_path / "wbp.cryoves",
        Project(reference, vesicles=VesicleSet.of([Vesicle(7, 15.0, 20.0, 25.0, 9.0)])),
    )
    words = [
        "export",
        tmp_path / "wbp.cryoves",
        "-o",
        tmp_path / "out",
        "--format",
        "copick",
        "--copick",
        config,
    ]
    sentence = _refused(words, full, capsys)
    assert f"{full / 'overlay'}" in sentence
    assert "the disk is full" in sentence or "bytes free" in sentence or "kB free" in sentence


@pytest.mark.parametrize("name", ["m", "m.h5", "m.onnx"])
def test_a_model(full: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = _refused(["model", "export", "default", "-o", full / name], full, capsys)
    assert sentence == f"{full / name} could not be written: the disk is full."


def test_a_simulation(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["simulate", "-o", full / "s", "--shape", "60,120,130", "--vesicles", "3"]
    sentence = _refused(words, full, capsys)
    assert sentence == f"{full / 's' / 'terminal_1_labels.mrc'} could not be written: the disk is full."


def test_a_movie_for_whose_last_pictures_there_is_no_room_is_no_movie(tmp_path: Path) -> None:
    """OpenCV itself says nothing of it."""
    if not can_write_mp4():
        pytest.skip("no OpenCV")
    noise = np.random.default_rng(0)
    frames = (noise.integers(0, 256, (240, 320, 3), np.uint8) for _ in range(60))
    with (
        small_disk(tmp_path / "full", megabytes=1) as disk,
        pytest.raises(CryoVesError, match=r"a\.mp4 could not be written: the disk is full"),
    ):
        write_movie(frames, disk / "a.mp4")
    assert not (disk / "a.mp4").exists()


def test_a_packed_tomogram_for_which_the_temporary_disk_has_no_room(tmp_path: Path) -> None:
    """It is a sentence before anything is unpacked, and leaves nothing; a signal it was where pages were mapped."""
    grey = np.random.default_rng(1).integers(-120, 120, (96, 256, 256), np.int8)
    size = {f"PhysicalSize{axis}": 2.2 for axis in "XYZ"} | {
        f"PhysicalSize{axis}Unit": "nm" for axis in "XYZ"
    }
    path = tmp_path / "packed.ome.tif"
    tifffile.imwrite(path, grey, compression="zlib", metadata={"axes": "ZYX", **size})
    with small_disk(tmp_path / "full", megabytes=3) as full:
        done = subprocess.run(
            command("segment", path, "-o", tmp_path / "out"),
            env={**environment(tmp_path / "data"), "TMPDIR": str(full)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        (sentence,) = done.stderr.splitlines()
        assert str(full) in sentence
        assert "free" in sentence or "full" in sentence
        assert list(full.iterdir()) == []
    assert not (tmp_path / "out").exists()

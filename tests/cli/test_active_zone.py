"""``cryoves active-zone`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cryoves_app.cli.main import main
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.mrc import write_map
from tests.analysis.surfaces.wavy_membrane import WavyMembrane

PHANTOM = WavyMembrane()


@pytest.fixture
def tomogram(tmp_path: Path) -> Path:
    write_map(tmp_path / "t.mrc", PHANTOM.grey, VolumeInfo(PHANTOM.shape, PHANTOM.grey.dtype, 2.2))
    return tmp_path / "t.mrc"


def point(x: float) -> str:
    y, x = PHANTOM.click(16, x)
    return f"{x},{y},16"


def test_two_points_make_a_model_and_its_figures(tomogram: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tomogram.with_name("zone.mod")
    command = [
        "active-zone",
        str(tomogram),
        "--points",
        point(18),
        point(92),
        "-o",
        str(model),
        "--voxel-size",
        "22",
    ]
    assert main([*command, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["slices"] == [0, 35]
    assert figures["inner_edge_nm"] is None
    assert "region" not in figures
    (zone,) = read_model(model).objects
    assert zone.is_open
    assert main(command) == 1
    assert "exists already" in capsys.readouterr().err
    assert main([*command, "--force"]) == 0
    assert "distances go from the band's edge" in " ".join(capsys.readouterr().out.split())


def test_wrong_usage(tomogram: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["active-zone", str(tomogram), "--points", point(18), point(92)]) == 1
    assert "Say where the zone goes" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["active-zone", str(tomogram), "--points", "1,2", "-o", "a.mod"])
    assert stop.value.code == 2

from __future__ import annotations

from pathlib import Path

import pytest
import starfile

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Origin, Vesicle
from cryoves_app.formats.star import StarGrid, read_star, write_star

GRID = StarGrid("TS_01", (100, 200, 400), 2.0, binning=4)
VESICLES = [Vesicle(3, 20.0, 40.0, 60.0, 20.5), Vesicle(8, 100.25, 200.125, 400.0, 18.0)]


def test_relion_5_counts_in_angstrom_from_the_middle(tmp_path: Path) -> None:
    write_star(tmp_path / "p.star", VESICLES, GRID)
    table = starfile.read(tmp_path / "p.star")
    assert list(table["rlnTomoName"]) == ["TS_01"] * 2
    # index (x 30, y 20, z 10) of a volume of 400 × 200 × 100 voxels of 20 Å
    places = [table[f"rlnCenteredCoordinate{a}Angst"][0] for a in "XYZ"]
    assert places == [(30 - 200) * 20, (20 - 100) * 20, (10 - 50) * 20]


def test_relion_4_counts_in_unbinned_pixels(tmp_path: Path) -> None:
    write_star(tmp_path / "p.star", VESICLES, GRID, relion=4)
    table = starfile.read(tmp_path / "p.star")
    assert [table[f"rlnCoordinate{a}"][0] for a in "XYZ"] == [120, 80, 40]


@pytest.mark.parametrize("relion", [4, 5])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_vesicles_come_back(tmp_path: Path, relion: int, count: int) -> None:
    write_star(tmp_path / "p.star", VESICLES[:count], GRID, relion)
    back = read_star(tmp_path / "p.star", GRID)
    assert [v.id for v in back] == [v.id for v in VESICLES[:count]]
    for mine, theirs in zip(VESICLES, back, strict=False):
        assert theirs.sphere.distance_nm(mine.sphere) < 0.001
        assert theirs.radius_nm == pytest.approx(mine.radius_nm, abs=1e-4)
        assert theirs.origin is Origin.IMPORTED


def test_files_of_others_need_a_radius(tmp_path: Path) -> None:
    path = tmp_path / "p.star"
    path.write_text(
        "data_optics\n\nloop_\n_rlnOpticsGroup #1\n1\n\n"
        "data_particles\n\nloop_\n_rlnTomoName #1\n_rlnCoordinateX #2\n_rlnCoordinateY #3\n_rlnCoordinateZ #4\n"
        "TS_01 120 80 40\nTS_02 1 1 1\nTS_01 4 8 12\n"
    )
    found = read_star(path, GRID, default_radius_nm=20)
    assert [v.sphere.centre_nm for v in found] == [(20, 40, 60), (6, 4, 2)]
    assert [(v.id, v.radius_nm) for v in found] == [(1, 20), (2, 20)]
    with pytest.raises(CryoVesError, match="particle 1 has no usable place or radius"):
        read_star(path, GRID)


@pytest.mark.parametrize("content", ["", "text", "data_x\n\nloop_\n_a #1\n1\n", "\0\1\2"])
def test_other_files_are_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "p.star"
    path.write_text(content)
    with pytest.raises(CryoVesError, match=r"p\.star"):
        read_star(path, GRID)
    with pytest.raises(CryoVesError, match="does not exist"):
        read_star(tmp_path / "none.star", GRID)

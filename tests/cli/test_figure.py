from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cryoves_app.cli.main import main
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, active_zone, cytoplasm, tomogram, vesicles


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = write_mrc_bytes(tmp_path / "tomo.mrc", tomogram().data, mode=1)
    path = tmp_path / "synapse.cryoves"
    reference = reference_to(open_volume(source, VOXEL_NM), path)
    found = VesicleSet.of(vesicles())
    with ProjectFile.create(path, Project(reference, vesicles=found, regions=(cytoplasm(), active_zone()))):
        return path


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.pdf", "a.tif"])
def test_the_suffix_says_as_what(tmp_path: Path, project: Path, name: str) -> None:
    assert main(["figure", str(project), "-o", str(tmp_path / name), "--width", "5"]) == 0
    assert (tmp_path / name).stat().st_size > 1000


def test_a_file_that_exists_is_replaced_only_when_told(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_text("mine")
    assert main(["figure", str(project), "-o", str(tmp_path / "a.png")]) == 1
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "a.png").read_text() == "mine"
    assert main(["figure", str(project), "-o", str(tmp_path / "a.png"), "--dpi", "100", "--force"]) == 0
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == pytest.approx(8.5 / 2.54 * 100, abs=1)


def test_a_sweep_into_a_folder(tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--sweep", "--every", "16", "--dpi", "50", "--plane", "XZ"]
    assert main(["figure", str(project), "-o", str(tmp_path / "sweep"), *options]) == 0
    rows = tomogram().data.shape[1]
    assert len(list((tmp_path / "sweep").iterdir())) == len(range(0, rows, 16))
    assert f"{len(range(0, rows, 16))} pictures" in capsys.readouterr().out


def test_force_never_replaces_the_tomogram(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "a.tif"
    picture.symlink_to("tomo.mrc")
    before = picture.read_bytes()
    assert main(["figure", str(project), "-o", str(picture), "--force"]) == 1
    assert "not replaced" in capsys.readouterr().err
    assert picture.read_bytes() == before


@pytest.mark.parametrize("words", [("--dpi", "1000000000"), ("--width", "1e-9")])
@pytest.mark.parametrize("sweep", [True, False])
def test_pictures_of_a_size_that_cannot_be_drawn_are_refused(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sweep: bool
) -> None:
    out = tmp_path / ("sweep" if sweep else "a.png")
    assert main(["figure", str(project), "-o", str(out), *words, *["--sweep"] * sweep]) == 1
    assert "from 2 to 16384 in a row can be drawn" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("words", [("--fill", "2"), ("--fill", "nan"), ("--slab", "-1"), ("--smooth", "nan")])
def test_lengths_and_shares_that_cannot_be_are_wrong_usage(
    tmp_path: Path, project: Path, words: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["figure", str(project), "-o", str(tmp_path / "a.png"), *words])
    assert stop.value.code == 2


def test_zero_is_a_length(tmp_path: Path, project: Path) -> None:
    words = ("--slab", "0.0", "--smooth", "0", "--fill", "0")
    assert main(["figure", str(project), "-o", str(tmp_path / "a.png"), *words]) == 0


def test_the_vesicles_turn_in_a_movie_of_single_pictures(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--turntable", "--pictures", "4", "--dpi", "60"]
    assert main(["figure", str(project), "-o", str(tmp_path / "turn"), *options]) == 0
    names = sorted(p.name for p in (tmp_path / "turn").iterdir())
    assert names == [f"turn_000{n}.png" for n in (1, 2, 3, 4)]
    assert len({(tmp_path / "turn" / name).read_bytes() for name in names}) == 4
    assert "4 pictures" in capsys.readouterr().out


def test_a_movie_goes_through_the_slices_or_turns_not_both(tmp_path: Path, project: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["figure", str(project), "-o", str(tmp_path / "a.mp4"), "--sweep", "--turntable"])
    assert stop.value.code == 2


def test_grey_values_are_drawn_black_and_white_as_told(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shades = []
    for low, high in ((1e6, 2e6), (-2e6, -1e6)):
        out = tmp_path / f"{low:g}.png"
        words = ["--levels", str(low), str(high), "--bare", "--no-scale-bar", "--dpi", "50"]
        assert main(["figure", str(project), "-o", str(out), *words]) == 0
        with Image.open(out) as picture:
            shades.append(set(picture.convert("L").get_flattened_data()))
    assert shades == [{0}, {255}]
    assert main(["figure", str(project), "-o", str(tmp_path / "b.png"), "--levels", "3", "3"]) == 1
    assert "two different grey values" in capsys.readouterr().err


def test_an_oblique_slice_is_drawn_through_a_place(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.png"
    assert main(["figure", str(project), "-o", str(out), "--oblique", "35", "20", "0", "--dpi", "60"]) == 0
    with Image.open(out) as picture:
        assert picture.convert("L").getextrema()[1] > 150
    far = ["--oblique", "0", "0", "0", "--through", "0", "0", "99999"]
    assert main(["figure", str(project), "-o", str(tmp_path / "b.png"), *far]) == 1
    assert "misses the tomogram" in capsys.readouterr().err
    assert main(["figure", str(project), "-o", str(tmp_path / "b.png"), "--through", "1", "2", "3"]) == 1
    assert "--oblique as well" in capsys.readouterr().err

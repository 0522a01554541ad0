from __future__ import annotations

from pathlib import Path

import pytest
import starfile
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.tomogram_names import tomogram_name
from cryoves_app.domain.vesicle import Origin, Vesicle
from cryoves_app.formats.tables.star import StarGrid, read_star, write_star

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
    back = read_star(tmp_path / "p.star", GRID).vesicles
    assert [v.id for v in back] == [v.id for v in VESICLES[:count]]
    for mine, theirs in zip(VESICLES, back, strict=False):
        assert theirs.sphere.distance_nm(mine.sphere) < 0.001
        assert theirs.radius_nm == pytest.approx(mine.radius_nm, abs=1e-4)
        assert theirs.origin is Origin.IMPORTED


def test_shapes_are_further_columns_and_spheres_where_none_is_known(tmp_path: Path) -> None:
    shaped = VESICLES[0].but(long_axis_nm=23.0, middle_axis_nm=20.25, short_axis_nm=18.5, roundness_nm=1.5)
    write_star(tmp_path / "p.star", [shaped, VESICLES[1]], GRID, shapes=True)
    table = starfile.read(tmp_path / "p.star")
    names = [f"cryoves{n}Angst" for n in ("LongAxis", "MiddleAxis", "ShortAxis", "Roundness")]
    assert table[names].to_numpy().tolist() == [[230.0, 202.5, 185.0, 15.0], [180.0, 180.0, 180.0, 0.0]]
    assert [v.id for v in read_star(tmp_path / "p.star", GRID).vesicles] == [3, 8]
    write_star(tmp_path / "p.star", [shaped], GRID)
    assert names[0] not in starfile.read(tmp_path / "p.star", always_dict=True)["particles"]


def test_files_of_others_need_a_radius(tmp_path: Path) -> None:
    path = tmp_path / "p.star"
    path.write_text(
        "data_optics\n\nloop_\n_rlnOpticsGroup #1\n1\n\n"
        "data_particles\n\nloop_\n_rlnTomoName #1\n_rlnCoordinateX #2\n_rlnCoordinateY #3\n_rlnCoordinateZ #4\n"
        "TS_01 120 80 40\nTS_02 1 1 1\nTS_01 4 8 12\n"
    )
    found = read_star(path, GRID, default_radius_nm=20).vesicles
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


XYZ = ("rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ")


def particles(path: Path, columns: tuple[str, ...], *rows: tuple[object, ...], before: str = "") -> Path:
    head = "".join(f"_{name} #{number}\n" for number, name in enumerate(columns, 1))
    lines = "".join(" ".join(map(str, row)) + "\n" for row in rows)
    path.write_text(f"{before}\ndata_particles\n\nloop_\n{head}{lines}", encoding="utf-8")
    return path


def grid(name: str) -> StarGrid:
    return StarGrid(name, (100, 200, 400), 2.0)


def places(path: Path, over: StarGrid) -> list[tuple[float, ...]]:
    """Places z, y, x in voxels."""
    found = read_star(path, over, default_radius_nm=20).vesicles
    return [tuple(round(c / over.voxel_size_nm, 6) for c in v.sphere.centre_nm) for v in found]


@pytest.mark.parametrize("name", ["0012", "1e5", "1_000", "nan", "inf", "-3", "0x10", "1.50", "NA", "true"])
def test_names_that_look_like_numbers_stay_names(tmp_path: Path, name: str) -> None:
    rows = [(name, 1, 2, 3), ("7", 4, 5, 6)]
    path = particles(tmp_path / "p.star", ("rlnTomoName", *XYZ), *rows)
    assert places(path, grid(name)) == [(3, 2, 1)]


@pytest.mark.parametrize(
    ("file", "stated"),
    [
        ("sample.mrc", "sample_Vol"), ("sample_Vol.mrc", "sample"), ("sample.mrc", "sample.tomostar"),
        ("sample.mrc", "sample.mrc.tomostar"), ("sample.mrc", "Tomograms/job012/tomograms/rec_sample.mrc"),
        ("TS_01.mrc_13.28Apx.mrc", "TS_01"), ("TS_01.mrc_13.28Apx.mrc", "TS_01.mrc_13.28Apx"),
        ("TS_1_10.00Apx.mrc", "TS_1.tomostar"), ("TS_01_full_rec.mrc", "TS_01"), ("b12.rec.nad", "b12"),
        ("TS_01.mrc.gz", "ts_01"), ("Grün.mrc", "Gru\u0308n"), ("TS_01.mrc", "TS_01_EVN_Vol"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["rlnTomoName", "rlnMicrographName", "wrpSourceName"])
def test_a_tomogram_is_found_as_a_person_would(tmp_path: Path, file: str, stated: str, column: str) -> None:
    rows = [(stated, 1, 2, 3), ("TS_012", 4, 5, 6), ("other.tomostar", 7, 8, 9)]
    path = particles(tmp_path / "p.star", (column, *XYZ), *rows)
    assert places(path, grid(tomogram_name(Path(file)))) == [(3, 2, 1)]


@pytest.mark.parametrize(
    ("file", "stated"), [("12.mrc", "0012"), ("TS_1.mrc", "TS_01"), ("a.mrc", "aa"), ("TS_01.mrc", "TS_01_b")]
)
def test_particles_of_other_tomograms_never_come_in(tmp_path: Path, file: str, stated: str) -> None:
    path = particles(tmp_path / "p.star", ("rlnTomoName", *XYZ), (stated, 1, 2, 3), ("third", 1, 2, 3))
    with pytest.raises(
        CryoVesError, match=f"particles of “{stated}”, “third”, and none of the tomogram {file[:-4]}"
    ):
        read_star(path, grid(tomogram_name(Path(file))), default_radius_nm=20)


def test_the_very_name_goes_before_a_similar_one(tmp_path: Path) -> None:
    path = particles(tmp_path / "p.star", ("rlnTomoName", *XYZ), ("a_Vol", 1, 2, 3), ("a", 4, 5, 6))
    assert places(path, grid("a")) == [(6, 5, 4)]
    with pytest.raises(CryoVesError, match=r"which of them is a_10\.00Apx cannot be told"):
        read_star(path, grid("a_10.00Apx"), default_radius_nm=20)


def test_what_was_chosen_and_left_out_is_told(tmp_path: Path) -> None:
    path = particles(
        tmp_path / "p.star", ("rlnTomoName", *XYZ), ("a_Vol", 1, 2, 3), ("b", 4, 5, 6), ("c", 4, 5, 6)
    )
    assert read_star(path, grid("a"), 20).notes == (
        "Particles of “a_Vol” are taken as those of the tomogram a.",
        "Left out: 2 particles of 2 other tomograms.",
    )
    nameless = particles(tmp_path / "n.star", XYZ, (1, 2, 3))
    (note,) = read_star(nameless, grid("a"), 20).notes
    assert "names no tomogram" in note


def optics(columns: str, *rows: str) -> str:
    return "\ndata_optics\n\nloop_\n" + "".join(f"_{c}\n" for c in columns.split()) + "\n".join(rows) + "\n"


def test_the_optics_group_says_the_binning(tmp_path: Path) -> None:
    before = optics("rlnOpticsGroup rlnTomoTiltSeriesPixelSize rlnImagePixelSize", "1 5 20", "2 10.02 20")
    columns = ("rlnTomoName", *XYZ, "rlnOpticsGroup")
    path = particles(tmp_path / "p.star", columns, ("a", 4, 8, 12, 1), ("a", 4, 8, 12, 2), before=before)
    assert places(path, grid("a")) == [(3, 2, 1), (6, 4, 2)]
    (note,) = read_star(path, grid("a"), 20).notes
    assert "pixels of 5 Å, 10 Å" in note


@pytest.mark.parametrize(("unit", "inside"), [(40.0, True), (8.0, False)])
def test_warp_counts_in_pixels_of_its_particles(tmp_path: Path, unit: float, inside: bool) -> None:
    """It states the pixel of the tilt series too, in which its coordinates would lie in a corner of the tomogram."""
    before = optics("rlnOpticsGroup rlnTomoTiltSeriesPixelSize rlnImagePixelSize", f"1 8 {unit}")
    columns = ("rlnTomoName", "rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ", "rlnOpticsGroup")
    path = particles(tmp_path / "w.star", columns, ("TS_1.tomostar", 10, 20, 5, 1), before=before)
    over = StarGrid("TS_1", (60, 200, 100), 2.0)
    assert places(path, over) == [pytest.approx((10.0, 40.0, 20.0) if inside else (2.0, 8.0, 4.0))]
    far = particles(tmp_path / "f.star", columns, ("TS_1.tomostar", 100, 20, 5, 1), before=before)
    assert places(far, over) == [pytest.approx((2.0, 8.0, 40.0))]


def test_a_size_of_other_images_counts_only_where_it_must(tmp_path: Path) -> None:
    before = optics("rlnOpticsGroup rlnImagePixelSize", "1 5")
    columns = (*XYZ, "rlnOpticsGroup")
    inside = particles(tmp_path / "i.star", columns, (40, 80, 90, 1), before=before)
    assert places(inside, grid("a")) == [(90, 80, 40)]
    outside = particles(tmp_path / "o.star", columns, (40, 80, 360, 1), before=before)
    assert places(outside, grid("a")) == [(90, 20, 10)]


@pytest.mark.parametrize("names", [XYZ, tuple(f"rlnCenteredCoordinate{a}Angst" for a in "XYZ")])
def test_shifts_of_the_refinement_are_taken_away(tmp_path: Path, names: tuple[str, ...]) -> None:
    columns = (*names, "rlnOriginXAngst", "rlnOriginYAngst", "rlnOriginZAngst")
    plain = places(particles(tmp_path / "p.star", columns, (10, 20, 30, 0, 0, 0)), grid("a"))
    shifted = places(particles(tmp_path / "s.star", columns, (10, 20, 30, 20, 40, -60)), grid("a"))
    assert [tuple(a - b for a, b in zip(plain[0], shifted[0], strict=True))] == [(-3, 2, 1)]


def test_shifts_of_old_versions_count_in_pixels(tmp_path: Path) -> None:
    columns = (*XYZ, "rlnOriginX", "rlnOriginY", "rlnOriginZ")
    path = particles(tmp_path / "p.star", columns, (10, 20, 30, 1, 2, -3))
    assert places(path, grid("a")) == [(33, 18, 9)]


def test_shifts_are_turned_as_the_subtomogram(tmp_path: Path) -> None:
    angles = ("rlnTomoSubtomogramRot", "rlnTomoSubtomogramTilt", "rlnTomoSubtomogramPsi")
    columns = (*XYZ, *(f"rlnOrigin{a}Angst" for a in "XYZ"), *angles)
    # RELION's matrix of (0, 90, 0) brings x to z: (1, 0, 0) becomes (0, 0, 1)
    path = particles(
        tmp_path / "p.star", columns, (10, 20, 30, 20, 0, 0, 0, 90, 0), (10, 20, 30, 20, 0, 0, 90, 0, 0)
    )
    assert places(path, grid("a")) == [(29, 20, 10), (30, 21, 10)]


def test_one_particle_without_a_loop(tmp_path: Path) -> None:
    (tmp_path / "p.star").write_text(
        "data_particles\n\n_rlnTomoName  0012\n_rlnCoordinateX 1\n_rlnCoordinateY 2\n_rlnCoordinateZ 3 # z\n"
    )
    assert places(tmp_path / "p.star", grid("0012")) == [(3, 2, 1)]


def test_an_optimisation_set_says_what_is_needed(tmp_path: Path) -> None:
    (tmp_path / "o.star").write_text(
        "data_\n_rlnTomoParticlesFile Extract/job1/particles.star\n_rlnTomoTomogramsFile t.star\n"
    )
    with pytest.raises(CryoVesError, match=r"import the file that it names: Extract/job1/particles\.star"):
        read_star(tmp_path / "o.star", grid("a"))


def test_values_that_only_relion_writes(tmp_path: Path) -> None:
    columns = ("rlnTomoName", "rlnTomoVisibleFrames", *XYZ)
    path = particles(tmp_path / "p.star", columns, ("a", "[1,1,0]", 1, 2, 3), before="# version 50001\r\n")
    assert places(path, grid("a")) == [(3, 2, 1)]


@pytest.mark.parametrize("number", ["inf", "nan", "0", "-1", "1.5", "2000000001", "1e300", "x"])
def test_ids_that_cannot_be_are_told(tmp_path: Path, number: str) -> None:
    path = particles(tmp_path / "p.star", (*XYZ, "cryovesVesicleId"), (1, 2, 3, number))
    with pytest.raises(CryoVesError, match="particle 1 has no usable id"):
        read_star(path, grid("a"), 20)


@pytest.mark.parametrize("row", [("x", 2, 3), ("nan", 2, 3), (1, "inf", 3), (1, 2, "<NA>"), (1, 2, '""')])
def test_places_that_cannot_be_are_told(tmp_path: Path, row: tuple[object, ...]) -> None:
    with pytest.raises(CryoVesError, match="particle 2 has no usable place"):
        read_star(particles(tmp_path / "p.star", XYZ, (1, 2, 3), row), grid("a"), 20)


@pytest.mark.parametrize("rows", [[(1, 2, 3), (4, 5)], [(1, 2, 3, 4)]])
def test_a_row_that_is_cut_short_is_told(tmp_path: Path, rows: list[tuple[object, ...]]) -> None:
    with pytest.raises(CryoVesError, match="could not be read as a STAR file"):
        read_star(particles(tmp_path / "p.star", XYZ, *rows), grid("a"), 20)


#: Names that a file can have: anything but a slash and 0.
NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=30) | st.text(
    st.sampled_from(" '\"#_;$[]\\.,0123ex\n\t\u00e9\u0301\ud800"), min_size=1, max_size=12
)


@given(
    name=NAMES,
    ending=st.sampled_from(["", ".mrc", ".rec.gz", "_10.00Apx.mrc"]),
    relion=st.sampled_from([4, 5]),
)
def test_what_is_exported_comes_in_again_under_any_name(
    tmp_path_factory: pytest.TempPathFactory, name: str, ending: str, relion: int
) -> None:
    folder = tmp_path_factory.mktemp("star")
    over = StarGrid(tomogram_name(Path(name + ending)), (100, 200, 400), 2.0, binning=4)
    write_star(folder / "p.star", VESICLES, over, relion)
    # a file of another day: its binning is known from the file alone
    back = read_star(folder / "p.star", grid(over.name))
    assert [v.id for v in back.vesicles] == [3, 8]
    assert all(a.sphere.distance_nm(b.sphere) < 0.001 for a, b in zip(VESICLES, back.vesicles, strict=True))

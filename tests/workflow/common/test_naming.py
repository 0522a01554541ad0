"""Names of output folders."""

from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.workflow.common.naming import as_found, companion, expand, output_folders


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("b12.mrc", "b12"),
        ("b12.rec.nad", "b12"),
        ("b12.MRC.gz", "b12"),
        ("b12.ome.tiff", "b12"),
        ("b12_v1.5.rec", "b12_v1.5"),
        ("b12", "b12"),
        (".mrc", ".mrc"),
    ],
)
def test_the_stem_lacks_all_known_endings(name: str, expected: str) -> None:
    assert stem(Path("somewhere") / name) == expected


def test_equal_stems_take_the_names_of_their_folders() -> None:
    inputs = [Path("/data/wt/tomo.rec"), Path("/data/ko/Tomo.mrc"), Path("/data/ko/other.mrc")]
    names = [f.name for f in output_folders(inputs, Path("out"))]
    assert names == ["wt_tomo", "ko_Tomo", "other"]


def test_more_folders_are_named_as_long_as_names_are_equal() -> None:
    inputs = [Path("/data/wt/a/tomo.mrc"), Path("/data/ko/a/tomo.mrc")]
    assert [f.name for f in output_folders(inputs, Path("out"))] == ["wt_a_tomo", "ko_a_tomo"]


def test_files_of_one_folder_that_differ_in_their_ending_only_are_numbered() -> None:
    inputs = [Path("/d/tomo.mrc"), Path("/d/tomo.rec")]
    names = [f.name for f in output_folders(inputs, Path("out"))]
    assert len(set(names)) == 2
    assert all(name.endswith(("tomo", "tomo_2")) for name in names)


def test_patterns_are_expanded_and_each_file_comes_once(tmp_path: Path) -> None:
    for name in ("b.mrc", "a.mrc", "c.txt"):
        (tmp_path / name).touch()
    found = expand([str(tmp_path / "*.mrc"), str(tmp_path / "a.mrc")])
    assert [p.name for p in found] == ["a.mrc", "b.mrc"]


def test_a_pattern_that_fits_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="No file fits"):
        expand([str(tmp_path / "*.mrc")])


def test_a_missing_file_stays_in_the_list_to_fail_by_itself(tmp_path: Path) -> None:
    assert expand([str(tmp_path / "gone.mrc")]) == [tmp_path / "gone.mrc"]


def test_companions_lie_beside_their_tomogram() -> None:
    assert companion("{dir}/{stem}_cell.mod", Path("/data/b12.rec.nad")) == Path("/data/b12_cell.mod")


@pytest.mark.parametrize(
    "pattern", ["{name}.mod", "{0}.mod", "{dir", "{stem:>2000000000}", "{dir.x}", "{stem!r}", "}"]
)
def test_other_words_in_braces_are_refused(pattern: str) -> None:
    with pytest.raises(CryoVesError, match="may hold"):
        companion(pattern, Path("/data/b12.mrc"))


def test_braces_of_names_are_names(tmp_path: Path) -> None:
    folder = tmp_path / "{lab} {stem"
    folder.mkdir()
    (folder / "a_cell.mod").touch()
    assert companion("{dir}/{stem}_cell.mod", folder / "a.mrc") == folder / "a_cell.mod"
    assert companion(f"{folder}/a_cell.mod", Path("/data/a.mrc")) == folder / "a_cell.mod"
    assert companion(f"{folder}/{{stem}}_cell.mod", Path("/data/a.mrc")) == folder / "a_cell.mod"


def test_folders_that_look_like_patterns_are_folders(tmp_path: Path) -> None:
    (tmp_path / "[2024] run?").mkdir()
    (tmp_path / "[2024] run?" / "a.mrc").touch()
    assert expand([str(tmp_path / "[2024] run?" / "*.mrc")]) == [tmp_path / "[2024] run?" / "a.mrc"]


@pytest.mark.parametrize("name", ["a\0b.mrc", "x" * 5000])
def test_what_cannot_be_a_name_is_told(name: str) -> None:
    with pytest.raises(CryoVesError, match=r"no name of a file|too long"):
        expand([name])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a b.mrc", "a b.mrc"),
        ("a b.mrc  # the good one", "a b.mrc"),
        ('"a b.mrc" # the good one', "a b.mrc"),
        ("a #1.mrc", "a #1.mrc"),
        ("sub\\c.mrc", "sub/c.mrc"),
        ("gro\u0308\u00dfe.mrc", "gr\u00f6\u00dfe.mrc"),
        ("gr\u00f6\u00dfe.mrc", "gr\u00f6\u00dfe.mrc"),
        ("none.mrc # x", "none.mrc # x"),
        ("*.mrc", "*.mrc"),
        ("a" * 5000, "a" * 5000),
        ("#", "#"),
    ],
)
def test_names_as_other_systems_and_people_write_them(tmp_path: Path, line: str, found: str) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a b.mrc", "a #1.mrc", "sub/c.mrc", "gr\u00f6\u00dfe.mrc"):
        (tmp_path / name).touch()
    assert as_found(line, tmp_path) == found

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.dynamo import read_dynamo, read_names, write_dynamo

VESICLES = [Vesicle(3, 20.0, 40.0, 60.0, 20.5), Vesicle(8, 100.25, 200.125, 400.0, 18.0)]


def test_columns(tmp_path: Path) -> None:
    write_dynamo(tmp_path / "v.tbl", VESICLES, 2.0, tomogram=7)
    rows = np.loadtxt(tmp_path / "v.tbl")
    assert rows.shape == (2, 35)
    assert list(rows[0, [0, 19, 23, 24, 25]]) == [3, 7, 31, 21, 11]
    assert " 31.00000 21.00000 11.00000 " in (tmp_path / "v.tbl").read_text()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_centres_come_back(tmp_path: Path, count: int) -> None:
    write_dynamo(tmp_path / "v.tbl", VESICLES[:count], 1.469)
    back = read_dynamo(tmp_path / "v.tbl", 1.469)
    assert list(back.ids) == [v.id for v in VESICLES[:count]]
    assert back.places == pytest.approx(
        np.array([v.sphere.centre_nm for v in VESICLES[:count]]).reshape(-1, 3), abs=1e-4
    )


@pytest.mark.parametrize("content", ["1 2 3\n", "text here\n", "1 2\n3\n"])
def test_other_files_are_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "v.tbl").write_text(content)
    with pytest.raises(CryoVesError, match=r"v\.tbl"):
        read_dynamo(tmp_path / "v.tbl", 1.0)
    with pytest.raises(CryoVesError, match="does not exist"):
        read_dynamo(tmp_path / "none.tbl", 1.0)


def row(
    tag: int, place: tuple[float, float, float], shift: str = "0 0 0", tomogram: int = 1, rest: str = "0"
) -> str:
    """A row as Dynamo writes it after an alignment: numbers without trailing zeros, 35 or more of them."""
    x, y, z = place
    return (
        f"{tag} 1 1 {shift} -2.6459 90 2.6459 0.05 {rest} 0 1 -60 60 -60 60 0 0 {tomogram} 1 0 0 {x} {y} {z} "
        + "0 " * 9
    )


def test_where_alignment_moved_a_particle(tmp_path: Path) -> None:
    lines = [row(7, (31, 21, 11), "1.5 -0.25 2"), row(9, (281.5, 54.5, 19.5), "-0.13 -0.02 -0.5", tomogram=4)]
    (tmp_path / "a.tbl").write_text("\n".join(lines))
    found = read_dynamo(tmp_path / "a.tbl", 2.0)
    assert list(found.ids) == [7, 9]
    assert list(found.tomograms) == [1, 4]
    assert found.places == pytest.approx(np.array([[24, 39.5, 63], [36, 106.96, 560.74]]))


def test_scores_that_alignment_left_complex(tmp_path: Path) -> None:
    lines = [
        row(2, (31, 21, 11), rest="0"),
        row(4, (5, 6, 7), rest="0.1-1.2074e-06i"),
        row(5, (1, 1, 1), rest="0+0i"),
    ]
    (tmp_path / "c.tbl").write_text("\n".join(lines) + "\n")
    found = read_dynamo(tmp_path / "c.tbl", 1.0)
    assert list(found.ids) == [2, 4, 5]
    assert found.places[1] == pytest.approx([6, 5, 4])


@pytest.mark.parametrize("place", ["nan", "inf", "1e300"])
def test_a_particle_without_a_place_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "n.tbl").write_text(row(2, (1, 2, 3)).replace(" 3 ", f" {place} "))
    with pytest.raises(CryoVesError, match="without a usable place"):
        read_dynamo(tmp_path / "n.tbl", 1.0)


def test_the_names_of_tomograms_beside_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.doc").write_text("1\ttomo_ts01.mrc_15.00Apx.mrc\n2\t/data/a b.mrc\n\n")
    assert read_names(tmp_path / "t.doc") == {1: "tomo_ts01.mrc_15.00Apx.mrc", 2: "/data/a b.mrc"}
    (tmp_path / "t.doc").write_text("Dear reader\n")
    with pytest.raises(CryoVesError, match="Dynamo table map"):
        read_names(tmp_path / "t.doc")

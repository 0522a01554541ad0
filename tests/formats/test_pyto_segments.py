"""Tables of segments as Pyto writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.pyto_segments import PytoSegment, read_segment_table

HEADER = (
    "# Id  Thresh         Density               Volume Surface  S/V  Euler Loops Holes Length Boundary  Distance"
    "    Contacts"
)
ROW = (
    "  7 -100.000 -199.2 81.0  -371.0  -116.0     20     20  1.000     1     0     0    3.3    1.0     57.0    2"
    "   [10 18]"
)


def table(path: Path, *rows: str, stated: int | None = None, header: str = HEADER) -> Path:
    lines = ("#", f"# Number of segments: {len(rows) if stated is None else stated}", "#", header, *rows)
    path.write_text("\n".join((*lines, "", "# Whole segmentation region:", "#  209.2 143.4 -11.0 69.0 391")))
    return path


def test_a_row_by_the_titles_of_its_columns(tmp_path: Path) -> None:
    older = "# Id          Density               Volume Surface  S/V  Length Boundary  Distance    Contacts "
    shorter = " 31 -199.2 81.0  -371.0  -116.0     20     20  1.000    -1.0    1.0     57.0    2   [ 2 10]"
    assert read_segment_table(table(tmp_path / "a.dat", ROW)) == (PytoSegment(7, (10, 18), -100.0, 20, 3.3),)
    found = read_segment_table(table(tmp_path / "b.dat", shorter, header=older))
    assert found == (PytoSegment(31, (2, 10), None, 20, None),)


def test_none_found(tmp_path: Path) -> None:
    """Pyto leaves the titles out then."""
    assert read_segment_table(table(tmp_path / "a.dat", header="#")) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Vesicle ids:\n 36 1.0\n",
        f"# Number of segments: 2\n{HEADER}\n{ROW}\n",
        f"# Number of segments: 1\n{HEADER}\n 7 -100.0 1 [10 18]\n",
        f"# Number of segments: 1\n{HEADER}\n{ROW.replace('[10 18]', '')}\n",
        f"# Number of segments: 1\n{ROW}\n",
    ],
)
def test_other_tables_are_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.dat").write_text(text)
    with pytest.raises(CryoVesError, match="as a table of segments that Pyto wrote"):
        read_segment_table(tmp_path / "a.dat")


def test_the_program_s_own_tables(shared_data: Path) -> None:
    folder = shared_data / "pyto_reference" / "output"
    if not folder.is_dir():
        pytest.skip("the data are not here")
    good = read_segment_table(folder / "tomo_new_connectors_good.dat")
    assert (len(good), good[0]) == (41, PytoSegment(191, (10, 18), -1000.0, 20, 3.3))
    assert read_segment_table(folder / "tomo_new_tethers_good.dat") == ()
    level = read_segment_table(folder / "tomo_thr--1000.000.dat")
    assert len(level) == 31
    assert level[0].threshold is None
    for other in ("tomo_vesicles.dat", "labels_layers.dat", "tomo.dat"):
        with pytest.raises(CryoVesError):
            read_segment_table(folder / other)

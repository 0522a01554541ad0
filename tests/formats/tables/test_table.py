from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Flag, Judgement, Origin, Status, Vesicle
from cryoves_app.formats.tables.table import COLUMNS, read_table, read_vesicles, write_vesicles
from tests.formats.vesicle_strategies import vesicle_lists

CONTRACT = (
    "id, x_px, y_px, z_px, x_nm, y_nm, z_nm, radius_nm, radius_mid_nm, se_x_nm, se_y_nm, se_z_nm, "
    "se_radius_nm, membrane_thickness_nm, membrane_density, lumen_density, contrast, correlation, "
    "mahalanobis_sq, p_value, probability, status, reason, flags, origin, reviewed, tags, inside_region, "
    "nn_distance_nm, az_centre_nm, az_rim_nm, pool, label, leaflet_distance_nm, se_leaflet_distance_nm, "
    "roundness_nm, sphere_p_value, long_axis_nm, middle_axis_nm, short_axis_nm, shape_terms_nm, "
    "reviewer, judgements, agreement"
)


def test_columns_are_the_contract() -> None:
    assert ", ".join(COLUMNS) == CONTRACT


@given(found=vesicle_lists(), voxel_size=st.none() | st.floats(0.4, 5))
def test_every_field_comes_back(tmp_path_factory, found: list[Vesicle], voxel_size: float | None) -> None:
    path = tmp_path_factory.mktemp("table") / "vesicles.csv"
    write_vesicles(path, found, voxel_size)
    assert list(read_vesicles(path)) == found


def test_who_judged_is_told_and_comes_back(tmp_path: Path) -> None:
    twice = (
        Vesicle(1, 9.0, 9.0, 9.0, 20.0)
        .judged(Status.ACCEPTED, "Ada L.: postdoc")
        .judged(Status.REJECTED, "Ben")
    )
    write_vesicles(tmp_path / "v.csv", [twice, Vesicle(2, 9.0, 9.0, 9.0, 20.0, reviewed=True)], 2.0)
    with (tmp_path / "v.csv").open(encoding="utf-8", newline="") as stream:
        rows = [(r["reviewer"], r["judgements"], r["agreement"]) for r in csv.DictReader(stream)]
    assert rows == [("Ben", "Ada L.: postdoc: accepted;Ben: rejected", "disputed"), ("", "", "")]
    back = read_vesicles(tmp_path / "v.csv").vesicles
    assert back[0].judgements == (
        Judgement("Ada L.: postdoc", Status.ACCEPTED),
        Judgement("Ben", Status.REJECTED),
    )
    assert back[1].judgements == ()


@pytest.mark.parametrize("odd", ["Ada: good", "accepted", ": accepted"])
def test_judgements_that_are_none_are_told(tmp_path: Path, odd: str) -> None:
    write_vesicles(tmp_path / "v.csv", [Vesicle(1, 9.0, 9.0, 9.0, 20.0).judged(Status.ACCEPTED, "Ada")], 2.0)
    text = (tmp_path / "v.csv").read_text(encoding="utf-8")
    (tmp_path / "v.csv").write_text(text.replace("Ada: accepted", odd), encoding="utf-8")
    table = read_table(tmp_path / "v.csv")
    assert table.vesicles.vesicles[0].judgements == ()
    assert table.notes == ("v.csv: taken as unknown, not understood: 1 value of the column judgements.",)


def test_content_of_a_row(tmp_path: Path) -> None:
    vesicle = Vesicle(
        7, z_nm=30.0, y_nm=20.0, x_nm=10.123456, radius_nm=20.5, p_value=1.234567e-9, status=Status.OUTLIER,
        reason="pale, odd", flags=(Flag.FACE, Flag.SPLIT), origin=Origin.EDITED, reviewed=True,
        tags=("docked",), inside_region=False, label=10,
    )  # fmt: skip
    write_vesicles(tmp_path / "v.csv", [vesicle], 2.0)
    with (tmp_path / "v.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    expected = {
        "id": "7", "x_px": "5.0617", "y_px": "10.0000", "z_px": "15.0000", "x_nm": "10.1235", "radius_nm": "20.5000",
        "radius_mid_nm": "", "p_value": "1.234567e-09", "status": "outlier", "reason": "pale, odd",
        "flags": "face;split", "origin": "edited", "reviewed": "true", "tags": "docked", "inside_region": "false",
        "label": "10", "pool": "",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_unknown_numbers_are_empty_fields(tmp_path: Path) -> None:
    write_vesicles(tmp_path / "v.csv", [Vesicle(1, 0.0, 0.0, 0.0, 20.0, p_value=float("nan"))], None)
    header, row = (tmp_path / "v.csv").read_text(encoding="utf-8").splitlines()
    assert "nan" not in row
    assert row.split(",")[header.split(",").index("x_px")] == ""


def test_empty_result_is_the_header_alone(tmp_path: Path) -> None:
    write_vesicles(tmp_path / "v.csv", [], 2.0)
    assert (tmp_path / "v.csv").read_text(encoding="utf-8") == ",".join(COLUMNS) + "\n"
    assert len(read_vesicles(tmp_path / "v.csv")) == 0


def test_tables_of_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    rows = ["\ufeffx_nm; colour;y_nm;z_nm;radius_nm", "1.5;red;2;3;20", "", "4;blue;5;6;21", ""]
    path.write_text("\r\n".join(rows), encoding="utf-8", newline="")
    first, second = read_vesicles(path)
    assert (first.id, first.x_nm, first.y_nm, first.z_nm, first.radius_nm) == (1, 1.5, 2.0, 3.0, 20.0)
    assert (second.id, second.status, second.origin) == (2, Status.ACCEPTED, Origin.AUTO)


def test_voxels_are_read_with_a_voxel_size(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("id,x_px,y_px,z_px,radius_px\n9,1,2,3,10\n")
    (vesicle,) = read_vesicles(path, voxel_size_nm=2.0)
    assert (vesicle.id, vesicle.x_nm, vesicle.z_nm, vesicle.radius_nm) == (9, 2.0, 6.0, 20.0)
    with pytest.raises(CryoVesError, match="x_nm is empty"):
        read_vesicles(path)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("1,2,3,x,20,", "line 3: z_nm cannot be “x”"),
        ("1,2,3,inf,20,", "z_nm cannot be “inf”"),
        ("1,2,3,,20,", "z_nm is empty"),
        ("1,2,3,4,-20,", "radius must be above 0"),
        ("1,2,3,4,20,maybe", "status cannot be “maybe”"),
        ("0,2,3,4,20,", "id must be above 0"),
        ("-1,2,3,4,20,", "id must be above 0"),
        ("9223372036854775807,2,3,4,20,", "id must be below 2000000001"),
        ("9223372036854775808,2,3,4,20,", "id must be below"),
        (f"{'9' * 5000},2,3,4,20,", "id cannot be"),
        ("2000000001,2,3,4,20,", "id must be below 2000000001"),
        ("1.5,2,3,4,20,", "id cannot be “1.5”"),
        ("1,2,5,3,5,20,accepted", "line 3: there are more values than columns"),
        ('1,"136,991",3,4,20,', "may be a decimal number or a large one"),
        ("one,2,3,4,20,", "id cannot be “one”"),
        ("8,2,3,4,20,", "same id"),
        ('1,2,3,4,20,"', "could not be read as a table"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, row: str, sentence: str) -> None:
    path = tmp_path / "v.csv"
    path.write_text(f"id,x_nm,y_nm,z_nm,radius_nm,status\n8,1,1,1,20,accepted\n{row}\n", encoding="utf-8")
    with pytest.raises(CryoVesError, match=sentence):
        read_vesicles(path)


GERMAN = (
    "id;x_nm;y_nm;z_nm;radius_nm;reviewed;inside_region;flags;tags;p_value\r\n"
    '3;136,9907;1.236,991;7;20,5;WAHR;FALSCH;"face;split";grün;1,5E-09\r\n'
    "4;1;2;3;20;FALSCH;;;;\r\n;;;;;;;;;\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("declaration", ["", "sep={}\r\n"])
def test_what_excel_makes_of_a_table(tmp_path: Path, encoding: str, separator: str, declaration: str) -> None:
    rows = GERMAN if separator == ";" else GERMAN.replace(";", "\t").replace("face\tsplit", "face;split")
    (tmp_path / "v.csv").write_bytes((declaration.format(separator) + rows).encode(encoding))
    table = read_table(tmp_path / "v.csv")
    first, second = table.vesicles
    assert (first.id, first.x_nm, first.y_nm, first.z_nm, first.radius_nm) == (3, 136.9907, 1236.991, 7, 20.5)
    assert (first.reviewed, first.inside_region, first.flags) == (True, False, (Flag.FACE, Flag.SPLIT))
    assert (first.tags, first.p_value) == (("grün",), 1.5e-9)
    assert (second.id, second.reviewed, second.inside_region) == (4, False, None)
    assert table.notes == ()


def test_ids_that_pandas_made_decimal(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("id,x_nm,y_nm,z_nm,radius_nm,label\n12.0,1,2,3,20,10.0\n,4,5,6,20,\n")
    assert [(v.id, v.label) for v in read_vesicles(tmp_path / "v.csv")] == [(12, 10), (2, None)]


def test_columns_that_do_not_matter_are_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(
        "id,X_nm,y_nm,z_nm,radius_nm,reviewed,flags,p_value,label,origin\n"
        "1,1,2,3,20,perhaps,odd,1e-3,-1,robot\n2,1,2,3,20,maybe,face,NA,10,manual\n"
    )
    table = read_table(tmp_path / "v.csv")
    first, second = table.vesicles
    assert (first.reviewed, first.flags, first.p_value, first.label, first.origin) == (
        False,
        (),
        1e-3,
        None,
        Origin.AUTO,
    )
    assert (second.flags, second.p_value, second.label, second.origin) == (
        (Flag.FACE,),
        None,
        10,
        Origin.MANUAL,
    )
    assert [note.rpartition(": ")[2] for note in table.notes] == [
        "1 value of the column flags.",
        "1 value of the column origin.",
        "2 values of the column reviewed.",
        "1 value of the column label.",
    ]


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_says_the_way_out(tmp_path: Path, start: bytes) -> None:
    for name in ("v.xlsx", "v.csv"):
        (tmp_path / name).write_bytes(start + bytes(500))
        with pytest.raises(CryoVesError, match="save its sheet as CSV"):
            read_vesicles(tmp_path / name)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("x_nm,y_nm,z_nm,radius_nm,x_nm\n1,2,3,20,4\n")
    with pytest.raises(CryoVesError, match="two columns “x_nm”"):
        read_vesicles(tmp_path / "v.csv")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"x_nm,y_nm,z_nm\n", b"\xff\xfe\x00x", bytes(2000)])
def test_other_files_are_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(content)
    with pytest.raises(CryoVesError, match=r"v\.csv"):
        read_vesicles(path)
    with pytest.raises(CryoVesError, match="does not exist"):
        read_vesicles(tmp_path / "none.csv")


ROWS = "7,10,20,30,5\n9,11,21,31,6\n"


@pytest.mark.parametrize(
    "top",
    [
        "# exported by a script, 2024\nid,x_nm,y_nm,z_nm,radius_nm\n",
        '# a; b, c\n#\n\n# more "words\nid,x_nm,y_nm,z_nm,radius_nm\n',
        "#id,x_nm,y_nm,z_nm,radius_nm\n",
        "# made by X\n#  id,x_nm,y_nm,z_nm,radius_nm\n",
        "id,x_nm,y_nm,z_nm,radius_nm\n# the first two\n",
    ],
)
def test_remarks_are_no_rows(tmp_path: Path, top: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(top + ROWS)
    assert [(v.id, v.x_nm, v.radius_nm) for v in read_vesicles(path)] == [(7, 10, 5), (9, 11, 6)]


def test_below_remarks_lines_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("# one\n# two\nid,x_nm,y_nm,z_nm,radius_nm\n1,2,3,4,5\n2,x,3,4,5\n")
    with pytest.raises(CryoVesError, match="line 5"):
        read_vesicles(path)


def test_nothing_but_remarks_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("# one\n# two\n")
    with pytest.raises(CryoVesError, match="holds remarks and no table"):
        read_vesicles(path)


def test_blanks_between_thousands(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x_nm;y_nm;z_nm;radius_nm\n1 369,907;12 000;4;20,5\n")
    (found,) = read_vesicles(path)
    assert (found.x_nm, found.y_nm, found.radius_nm) == (1369.907, 12000, 20.5)

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Flag, Origin, Status, Vesicle
from cryoves_app.formats.table import COLUMNS, read_vesicles, write_vesicles
from tests.formats.vesicle_strategies import vesicle_lists

CONTRACT = (
    "id, x_px, y_px, z_px, x_nm, y_nm, z_nm, radius_nm, radius_mid_nm, se_x_nm, se_y_nm, se_z_nm, "
    "se_radius_nm, membrane_thickness_nm, membrane_density, lumen_density, contrast, correlation, "
    "mahalanobis_sq, p_value, probability, status, reason, flags, origin, reviewed, tags, inside_region, "
    "nn_distance_nm, az_centre_nm, az_rim_nm, pool, label"
)


def test_columns_are_the_contract() -> None:
    assert ", ".join(COLUMNS) == CONTRACT


@given(found=vesicle_lists(), voxel_size=st.none() | st.floats(0.4, 5))
def test_every_field_comes_back(tmp_path_factory, found: list[Vesicle], voxel_size: float | None) -> None:
    path = tmp_path_factory.mktemp("table") / "vesicles.csv"
    write_vesicles(path, found, voxel_size)
    assert list(read_vesicles(path)) == found


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


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"x_nm,y_nm,z_nm\n", b"\xff\xfe\x00x", bytes(2000)])
def test_other_files_are_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(content)
    with pytest.raises(CryoVesError, match=r"v\.csv"):
        read_vesicles(path)
    with pytest.raises(CryoVesError, match="does not exist"):
        read_vesicles(tmp_path / "none.csv")

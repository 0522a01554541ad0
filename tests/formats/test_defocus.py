"""Defocus values beside a tomogram, as IMOD, CTFFIND, AreTomo and RELION write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.defocus import FoundDefocus, defocus_or_reason, find_defocus

IMOD_2 = "1 1 -60.00 -60.00 4900.0 2\n2 2 -57.00 -57.00 5000.0\n3 3 -54.00 -54.00 5200.0\n"
IMOD_3 = "1 0 0. 0. 0 3\n1 1 -60.0 -60.0 4900.0 5100.0 12.0\n2 2 -57.0 -57.0 4800.0 5000.0 12.5\n"
CTFFIND = (
    "# Output from CTFFind\n# Columns: #1 - micrograph number; #2 - defocus 1 [Angstroms]; #3 - defocus 2\n"
    "1.000000 48000.0 50000.0 12.5 0.000000 0.12 8.9\n2.000000 49000.0 51000.0 13.5 0.000000 0.11 9.1\n"
)
ARETOMO = "# Columns: micrograph, df_1, df_2\n   1   48000.0   50000.0   12.50   0.00  0.12   8.90   1.0\n"
RELION = (
    "data_TS_01\n\nloop_\n_rlnMicrographName #1\n_rlnDefocusU #2\n_rlnDefocusV #3\n"
    "a.mrc 48000 50000\nb.mrc 49000 51000\nc.mrc 47000 48000\n"
)


@pytest.mark.parametrize(
    ("name", "content", "defocus", "tilts"),
    [
        ("TS_01.defocus", IMOD_2, 5.0, 3),
        ("TS_01.defocus", IMOD_3, 4.95, 2),
        ("TS_01_ctf.txt", CTFFIND, 4.95, 2),
        ("TS_01_CTF.txt", ARETOMO, 4.9, 1),
        ("TS_01.star", RELION, 4.9, 3),
    ],
)
@pytest.mark.parametrize("tomogram", ["TS_01.mrc", "TS_01.rec", "TS_01_rec.mrc", "TS_01.mrc_13.28Apx.mrc"])
def test_the_median_over_the_tilts_is_taken(
    tmp_path: Path, name: str, content: str, defocus: float, tilts: int, tomogram: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    found = find_defocus(tmp_path / tomogram)
    assert found == FoundDefocus(pytest.approx(defocus), tilts, tmp_path / name)


def test_one_failed_tilt_does_not_decide(tmp_path: Path) -> None:
    lines = [f"{k} {k} {3 * k} {3 * k} {5000 + 10 * k}" for k in range(1, 8)]
    (tmp_path / "TS_01.defocus").write_text("\n".join([*lines, "8 8 60 60 45000"]) + "\n")
    found = find_defocus(tmp_path / "TS_01.mrc")
    assert found is not None
    assert (found.defocus_um, found.tilts) == (pytest.approx(5.04), 7)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("TS_02.defocus", IMOD_2),  # of another tilt series
        ("TS_01.defocus", "1 1 0 0 5.0 2\n"),  # µm, or broken
        ("TS_01.defocus", "1 1 0 0 1000 2\n2 2 0 0 6000\n3 3 0 0 11000\n4 4 0 0 2000\n"),  # no two agree
        ("TS_01.defocus", ""),
        ("TS_01.star", "data_particles\n\nloop_\n_rlnTomoName #1\n_rlnDefocusU #2\nTS_01 48000\n"),
        ("TS_01.star", "data_\n\nloop_\n_rlnCoordinateX #1\n12\n"),
        ("TS_01.mrc.mdoc", "[ZValue = 0]\nTargetDefocus = -5\n"),
        ("notes.txt", CTFFIND),
    ],
)
def test_what_does_not_tell_it_is_left_alone(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert defocus_or_reason(tmp_path / "TS_01.mrc") == (None, "")


def test_the_tomogram_itself_and_missing_folders_are_no_such_files(tmp_path: Path) -> None:
    assert find_defocus(tmp_path / "none" / "TS_01.mrc") is None
    (tmp_path / "TS_01.star").write_text(RELION)
    assert find_defocus(tmp_path / "TS_01.star") is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("TS_01.defocus", b"view one\n"),
        ("TS_01.defocus", b"1 1 0 0 \x00\n"),
        ("TS_01.star", b"not a star file\n"),
        ("TS_01.star", b"data_x\n\nloop_\n_rlnDefocusU #1\nmany\n"),
    ],
)
def test_a_file_that_cannot_be_understood_is_told_and_left_out(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    found, reason = defocus_or_reason(tmp_path / "TS_01.mrc")
    assert found is None
    assert name in reason
    assert reason.endswith("It was left out; the defocus is found from the membranes.")
    with pytest.raises(CryoVesError):
        find_defocus(tmp_path / "TS_01.mrc")

"""Stacks of tilted images are MRC files too, and no tomograms."""

from __future__ import annotations

import struct
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.mrc import open_mrc
from tests.formats.mrc_bytes import mrc_bytes

IMAGES = np.random.default_rng(1).normal(0, 10, (61, 64, 70)).astype("i2")
ANGLES = np.linspace(-60, 60, 61)


def stack(
    path: Path,
    kind: bytes = b"",
    extended: bytes = b"",
    entry: tuple[int, int] = (0, 0),
    images: np.ndarray = IMAGES,
    order: str = "<",
    **fields: float,
) -> Path:
    raw = bytearray(mrc_bytes(images, order, extended, mode=1, **fields))
    raw[104:108] = kind.ljust(4, b"\0")
    struct.pack_into(f"{order}2h", raw, 128, *entry)
    path.write_bytes(raw)
    return path


def serial_em(angles: np.ndarray, order: str = "<") -> bytes:
    """Tilt angle in hundredths of a degree, stage position, dose: as SerialEM writes it."""
    entries = (struct.pack(f"{order}3hf", round(100 * a), 5, 7, 2.5) for a in angles)
    return b"".join(entries).ljust(1024, b"\0")


def fei(angles: np.ndarray) -> bytes:
    dtype = mrcfile.dtypes.get_ext_header_dtype(b"FEI1")
    entries = np.zeros(len(angles), dtype)
    entries["Metadata size"], entries["Alpha tilt"] = dtype.itemsize, angles
    return entries.tobytes()


@pytest.mark.parametrize("order", ["<", ">"])
def test_tilt_angles_of_serial_em_tell(tmp_path: Path, order: str) -> None:
    path = stack(tmp_path / "a.mrc", b"SERI", serial_em(ANGLES, order), (10, 1 + 4 + 32), order=order)
    with pytest.raises(
        CryoVesError, match=r"a\.mrc is a tilt series, 61 images tilted from -60° to 60°.*reconstruct"
    ):
        open_mrc(path)


def test_tilt_angles_of_old_imod_files_without_a_kind_tell(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="61 images tilted from -60° to 60°"):
        open_mrc(stack(tmp_path / "a.mrc", b"", serial_em(ANGLES), (10, 1 + 4 + 32)))


def test_tilt_angles_of_thermo_fisher_tell(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="61 images tilted from -60° to 60°"):
        open_mrc(stack(tmp_path / "a.mrc", b"FEI1", fei(ANGLES)))
    older = b"".join(struct.pack("<32f", a, *[0.0] * 31) for a in ANGLES).ljust(131072, b"\0")
    with pytest.raises(CryoVesError, match="61 images tilted from -60° to 60°"):
        open_mrc(stack(tmp_path / "b.mrc", b"", older))


@pytest.mark.parametrize(
    ("name", "kind", "fields"),
    [
        ("ts.st", b"SERI", {}),
        ("ts.ali", b"FEI1", {}),
        ("ts_ali.mrc", b"", {"ispg": 0, "mz": 1}),
        ("ts.mrc", b"SERI", {"ispg": 0, "mz": 1}),
    ],
)
def test_two_signs_tell(tmp_path: Path, name: str, kind: bytes, fields: dict[str, float]) -> None:
    with pytest.raises(CryoVesError, match=r"is a tilt series and no tomogram: .* and "):
        open_mrc(stack(tmp_path / name, kind, bytes(1024) if kind else b"", **fields))


@pytest.mark.parametrize(
    ("name", "kind", "extended", "entry", "fields"),
    [
        ("a.mrc", b"", b"", (0, 0), {"ispg": 0, "mz": 1}),
        ("a.mrc", b"", serial_em(0 * ANGLES), (10, 37), {}),
        ("a.mrc", b"AGAR", b"\7" * 2000, (0, 32), {}),
        ("a.mrc", b"", bytes(131072), (0, 32), {}),
    ],
)
def test_one_sign_is_not_enough(
    tmp_path: Path, name: str, kind: bytes, extended: bytes, entry: tuple[int, int], fields: dict[str, float]
) -> None:
    volume = open_mrc(stack(tmp_path / name, kind, extended, entry, **fields))
    np.testing.assert_array_equal(volume.data, IMAGES)
    assert volume.info.warnings == ()


@pytest.mark.parametrize(("kind", "extended"), [(b"SERI", serial_em(0 * ANGLES)), (b"FEI1", fei(0 * ANGLES))])
def test_entries_without_tilts_are_mentioned(tmp_path: Path, kind: bytes, extended: bytes) -> None:
    volume = open_mrc(stack(tmp_path / "a.mrc", kind, extended, (10, 37)))
    assert volume.info.warnings == (
        "The header keeps an entry for each section, as in a tilt series; if it is one, reconstruct it first.",
    )


@pytest.mark.parametrize(
    "angles", [np.linspace(-400, 400, 61), np.full(61, np.nan), np.linspace(-60, 60, 20)]
)
def test_nonsense_in_the_entries_is_no_tilt(tmp_path: Path, angles: np.ndarray) -> None:
    np.testing.assert_array_equal(open_mrc(stack(tmp_path / "a.mrc", b"FEI1", fei(angles))).data, IMAGES)


def test_a_tomogram_with_the_entries_of_its_tilt_series_stays_one(tmp_path: Path) -> None:
    """Programs copy the extended header along; a tomogram is no thinner than a tilt series has images."""
    tomogram = np.zeros((90, 64, 70), "i2")
    path = stack(tmp_path / "a.rec", b"SERI", serial_em(ANGLES), (10, 37), images=tomogram)
    assert open_mrc(path).shape == (90, 64, 70)


@pytest.mark.parametrize("name", ["ts.st", "ts.ali", "ts_ali.mrc"])
def test_a_name_alone_is_mentioned(tmp_path: Path, name: str) -> None:
    volume = open_mrc(stack(tmp_path / name))
    np.testing.assert_array_equal(volume.data, IMAGES)
    assert volume.info.warnings == ("Its name is that of a tilt series; if it is one, reconstruct it first.",)


def test_notes_of_serial_em_on_the_file_tell(tmp_path: Path) -> None:
    path = stack(tmp_path / "ts.mrc")
    notes = path.with_name("ts.mrc.mdoc")
    notes.write_text("".join(f"[ZValue = {i}]\nTiltAngle = {a:.2f}\n\n" for i, a in enumerate(ANGLES)))
    with pytest.raises(CryoVesError, match="is a tilt series, 61 images tilted from -60° to 60°"):
        open_mrc(path)
    notes.write_text("[ZValue = 0]\nTiltAngle = 1\n")  # those of another file
    assert open_mrc(path).shape == IMAGES.shape


@pytest.mark.parametrize("beside", ["ts.rawtlt", "ts.tlt", "ts_Imod.tlt"])
def test_angles_beside_a_stack_of_its_name_tell(tmp_path: Path, beside: str) -> None:
    path = stack(tmp_path / "ts.st")
    (tmp_path / beside).write_text("\n".join(map(str, ANGLES)) + "\n")
    with pytest.raises(CryoVesError, match="a file beside it holds as many tilt angles as it has sections"):
        open_mrc(path)
    assert open_mrc(stack(tmp_path / "ts.rec")).info.warnings == ()  # the tomogram from them


@pytest.mark.parametrize("text", ["", "\0\0", "x\n" * 61, "100\n" * 61, "1\n" * 60, "0\n" * 61])
def test_what_lies_beside_and_is_no_angles_tells_nothing(tmp_path: Path, text: str) -> None:
    path = stack(tmp_path / "ts.st")
    (tmp_path / "ts.tlt").write_text(text)
    (tmp_path / "ts.st.mdoc").mkdir()
    assert open_mrc(path).shape == IMAGES.shape

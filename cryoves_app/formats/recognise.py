"""What a file is that is no tomogram, and how to get to one from it."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading

_EMAN = "convert it with EMAN2: e2proc3d.py IN OUT.mrc"
_FIJI = "open it in Fiji and save it as TIFF"
_UNPACK = "unpack it first"
#: So much of a file is looked at.
LOOKED_AT_BYTES = 1024


@dataclass(frozen=True)
class _Kind:
    """A kind of file: what it is called, the way out, and its first bytes (from ``at`` on) or endings of its name."""

    what: str
    way_out: str
    magic: tuple[bytes, ...] = ()
    endings: tuple[str, ...] = ()
    at: int = 0

    def fits(self, name: str, start: bytes) -> bool:
        return start[self.at :].startswith(self.magic) if self.magic else name.endswith(self.endings)


#: Kinds that are known by their first bytes come before those that are known by name only.
_KINDS = (
    _Kind("an HDF5 file (EMAN2, ilastik, Imaris)", f"{_EMAN}, or {_FIJI}", (b"\x89HDF",)),
    _Kind(
        "a numpy array",
        "write it as MRC in Python: mrcfile.write('OUT.mrc', numpy.load('IN.npy').astype('float32'))",
        (b"\x93NUMPY",),
    ),
    _Kind("a file packed with zstd", f"{_UNPACK}: zstd -d FILE", (b"\x28\xb5\x2f\xfd",)),
    _Kind("a file packed with lz4", f"{_UNPACK}: lz4 -d FILE", (b"\x04\x22\x4d\x18",)),
    _Kind("a packed archive", _UNPACK, (b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!")),
    _Kind("a packed archive", _UNPACK, (b"ustar",), at=257),
    _Kind("a packed TIFF file", _UNPACK, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    _Kind("a NIfTI file", _FIJI, (b"n+1\0", b"ni1\0"), at=344),
    _Kind("a NIfTI file", _FIJI, (b"n+2\0",), at=4),
    _Kind("a NRRD file", _FIJI, (b"NRRD",)),
    _Kind("a DICOM file", _FIJI, (b"DICM",), at=128),
    _Kind(
        "an Amira or Avizo file",
        "save it there as MRC or TIFF",
        (b"# AmiraMesh", b"# Avizo", b"# HyperSurface"),
    ),
    _Kind("a VTK file", _FIJI, (b"# vtk",)),
    _Kind(
        "an IMOD model, which lies over a tomogram",
        "open the tomogram, then import the model",
        (b"IMODV",),
    ),
    _Kind(
        "a CryoVes project or another database",
        "a project is opened in the window (cryoves NAME.cryoves)",
        (b"SQLite format 3",),
    ),
    _Kind("a PDF file", "a tomogram is an MRC or TIFF file", (b"%PDF",)),
    _Kind(
        "a picture",
        "a tomogram is a stack of many images in one MRC or TIFF file",
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM"),
    ),
    _Kind("a picture", "a tomogram is a stack of many images in one MRC or TIFF file", (b"WEBP",), at=8),
    _Kind("an EM file (TOM toolbox, PyTom, Dynamo)", _EMAN, endings=(".em",)),
    _Kind("a SPIDER file", _EMAN, endings=(".spi", ".spider", ".vol", ".xmp")),
    _Kind("a file of DigitalMicrograph", "convert it with IMOD: dm2mrc IN OUT.mrc", endings=(".dm3", ".dm4")),
    _Kind("a movie of a camera", "reconstruct the tomogram first", endings=(".eer",)),
    _Kind("raw numbers without a header", "in IMOD: raw2mrc", endings=(".raw", ".dat", ".bin")),
    _Kind("an HDF5 file", f"{_EMAN}, or {_FIJI}", endings=(".hdf", ".hdf5", ".h5", ".ims")),
    _Kind(
        "a list of particles or points",
        "open their tomogram in the window, then import the list",
        endings=(".star", ".tbl", ".cmm", ".coords"),
    ),
    _Kind(
        "a note of a reconstruction",
        "give the reconstruction itself (.mrc, .rec)",
        endings=(".mdoc", ".tlt", ".rawtlt", ".xf", ".com", ".edf", ".adoc", ".tomostar"),
    ),
    _Kind("a MetaImage file", _FIJI, endings=(".mha", ".mhd")),
)
_FOLDERS = (
    _Kind("a Zarr folder without its metadata", "copy it again with all its files", endings=(".zarr",)),
    _Kind("an N5 folder", "save the volume as TIFF (Fiji opens N5)", endings=(".n5",)),
)


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file that has to exist.

    Raises
    ------
    CryoVesError
        If there is no such file, it is a folder or a device, or it may not be read.
    """
    with reading(path, "a tomogram file"):
        if path.is_dir():
            raise CryoVesError(_folder_sentence(path))
        if not stat.S_ISREG(path.stat().st_mode):  # reading from a pipe would wait for ever
            raise CryoVesError(f"{path} is no file but a device or a pipe; give a tomogram file.")
        with path.open("rb") as stream:
            return stream.read(count)


def not_a_tomogram(name: str, start: bytes) -> CryoVesError:
    """The error that says what a file with these first bytes is, and how to get a tomogram from it."""
    if not start:
        return CryoVesError(f"{name} is neither an MRC nor a TIFF file: it is empty.")
    plain = name.lower().removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz")
    kind = next((k for k in _KINDS if k.fits(plain, start)), None)
    if kind is not None:
        return CryoVesError(f"{name} is {kind.what}; CryoVes reads MRC, TIFF and OME-Zarr: {kind.way_out}.")
    if len(start) < LOOKED_AT_BYTES:
        return CryoVesError(f"{name} is neither an MRC nor a TIFF file, or it is cut short in its header.")
    return CryoVesError(f"{name} is neither an MRC nor a TIFF file.")


def _folder_sentence(path: Path) -> str:
    kind = next((k for k in _FOLDERS if k.fits(path.name.lower(), b"")), None)
    if kind is not None:
        return f"{path} is {kind.what}; CryoVes reads MRC and TIFF files and OME-Zarr: {kind.way_out}."
    return f"{path} is a folder; give a tomogram file."

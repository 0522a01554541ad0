"""The voxel size guard: what a file says, what a person gives, and when either is odd."""

from __future__ import annotations

from cryoves_app.domain.units import angstrom_from_nm, voxel_size_is_plausible
from cryoves_app.domain.volume import DoubtKind, VolumeInfo, VoxelSizeDoubt

#: How far voxel sizes of the axes may differ.
AXIS_TOLERANCE = 0.01
#: The network sees vesicles at about this voxel size.
_NETWORK_VOXEL_NM = 2.2
#: A volume both thinner and narrower than this, in the network's voxels, is mis-scaled; a thin section is only thin.
_THIN_PX, _NARROW_PX = 48, 96
#: A factor between two voxel sizes is taken for 10 or a power of 2 if it is so near to it.
_FACTOR_TOLERANCE = 0.06
_BINNINGS = (2, 4, 8, 16)


def one_size(sizes_nm: tuple[float, float, float] | None) -> float | None:
    """The size of all axes, or ``None`` where they differ or one is not known."""
    if sizes_nm is None or min(sizes_nm) <= 0 or max(sizes_nm) > min(sizes_nm) * (1 + AXIS_TOLERANCE):
        return None
    return sizes_nm[0]


def sizes_that_differ(sizes_nm: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
    """What a file says of the axes, if it says anything but not the same of all."""
    return sizes_nm if sizes_nm is not None and one_size(sizes_nm) is None and max(sizes_nm) > 0 else None


def doubt_of_file(info: VolumeInfo) -> VoxelSizeDoubt | None:
    """Why the file's voxel size cannot be used without asking, or ``None`` if it can."""
    if info.header_sizes_nm is not None:
        return _doubt_of_axes(info.path, info.header_sizes_nm)
    size = info.header_voxel_size_nm
    if size is None:
        return VoxelSizeDoubt(DoubtKind.UNKNOWN, f"{info.path} does not say its voxel size.")
    if not voxel_size_is_plausible(size):
        return VoxelSizeDoubt(
            DoubtKind.IMPLAUSIBLE,
            f"{info.path} gives a voxel size of {_shown(size)}, which is doubtful for a tomogram of cells.",
        )
    thickness, width, _ = sorted(n * size / _NETWORK_VOXEL_NM for n in info.shape)
    if thickness < _THIN_PX and width < _NARROW_PX:
        return VoxelSizeDoubt(
            DoubtKind.TINY,
            f"{info.path} gives a voxel size of {_shown(size)}, which makes it very thin or small for vesicles.",
        )
    return None


def doubt_of_given(given_nm: float, info: VolumeInfo) -> VoxelSizeDoubt | None:
    """What is odd about a voxel size that a person gave, which is used all the same."""
    stated = info.header_voxel_size_nm or (suggested_voxel_size_nm(info) if info.header_sizes_nm else None)
    if stated is not None and voxel_size_is_plausible(stated):
        ratio = given_nm / stated
        if _is_near(ratio, 10) or _is_near(1 / ratio, 10):
            return VoxelSizeDoubt(DoubtKind.TENFOLD, _tenfold_sentence(given_nm, stated))
        binning = next((n for n in _BINNINGS if _is_near(ratio, n) or _is_near(1 / ratio, n)), None)
        if binning is not None:
            return VoxelSizeDoubt(DoubtKind.BINNED, _binned_sentence(given_nm, stated, binning))
    if not voxel_size_is_plausible(given_nm):
        return VoxelSizeDoubt(
            DoubtKind.IMPLAUSIBLE,
            f"The voxel size given is {_shown(given_nm)}, which is doubtful for a tomogram of cells; "
            "it is wanted in ångström.",
        )
    return None


def suggested_voxel_size_nm(info: VolumeInfo) -> float | None:
    """What the file's voxel size probably is where it is doubtful, or ``None``.

    That of x and y where only z differs, and ten times what it says where that makes sense (1.469 typed for 14.69
    is common).
    """
    if info.header_sizes_nm is not None:
        x, y, _ = info.header_sizes_nm
        size = one_size((x, y, x))
        return size if size is not None and voxel_size_is_plausible(size) else None
    size = info.header_voxel_size_nm
    if size is None or voxel_size_is_plausible(size) or not voxel_size_is_plausible(10 * size):
        return None
    # exactly 1 Å is what programs write that know nothing
    return None if abs(size - 0.1) < 1e-6 else 10 * size


def is_of_other_size(info: VolumeInfo, tomogram: VolumeInfo) -> bool:
    """Whether a file that should lie on a tomogram's grid says another voxel size than that.

    It may say what the tomogram's own file says, right or wrong, or nothing that can be believed.
    """
    size = info.header_voxel_size_nm
    if size is None or not voxel_size_is_plausible(size):
        return False
    right = (tomogram.voxel_size_nm, tomogram.header_voxel_size_nm)
    return not any(known and abs(size / known - 1) <= AXIS_TOLERANCE for known in right)


def axes_in_words(sizes_nm: tuple[float, float, float]) -> str:
    """The sizes of the three axes, for the user."""
    x, y, z = (f"{angstrom_from_nm(size):.4g}" if size > 0 else "?" for size in sizes_nm)
    return f"{x} × {y} × {z} Å in x, y, z"


def _doubt_of_axes(path: str | None, sizes_nm: tuple[float, float, float]) -> VoxelSizeDoubt:
    shown = axes_in_words(sizes_nm)
    if min(sizes_nm) <= 0:
        return VoxelSizeDoubt(
            DoubtKind.UNKNOWN, f"{path} does not say its voxel size for all axes ({shown})."
        )
    return VoxelSizeDoubt(
        DoubtKind.NOT_CUBES,
        f"{path} has voxels that are not cubes ({shown}) if its header is right; if they are, resample it to one "
        "voxel size.",
    )


def _tenfold_sentence(given_nm: float, stated_nm: float) -> str:
    smaller = given_nm < stated_nm
    return (
        f"The voxel size given, {_shown(given_nm)}, is 10 times {'smaller' if smaller else 'larger'} than the file's "
        f"{_shown(stated_nm)}: was it given in {'nm' if smaller else 'tenths of an ångström'} instead of ångström? "
        "It is used as given."
    )


def _binned_sentence(given_nm: float, stated_nm: float, binning: int) -> str:
    larger = given_nm > stated_nm
    return (
        f"The voxel size given, {_shown(given_nm)}, is {binning} times {'larger' if larger else 'smaller'} than the "
        f"file's {_shown(stated_nm)}: is it that of the {'binned' if larger else 'unbinned'} tomogram? "
        "It is used as given."
    )


def _is_near(ratio: float, factor: float) -> bool:
    return abs(ratio / factor - 1) < _FACTOR_TOLERANCE


def _shown(size_nm: float) -> str:
    return f"{angstrom_from_nm(size_nm):.4g} Å"

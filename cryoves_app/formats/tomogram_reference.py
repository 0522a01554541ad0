"""Which tomogram a project speaks of, and finding it again when the project has moved."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import TomogramReference
from cryoves_app.domain.reading import is_file
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.ome_zarr.identity import look_at_zarr
from cryoves_app.formats.ome_zarr.place import is_zarr

_SAMPLE_BYTES = 1 << 20


def reference_to(
    volume: Volume, project_path: str | os.PathLike[str] | None, voxel_size_source: str = "header"
) -> TomogramReference:
    """A reference to an opened tomogram, relative to where the project lies.

    Raises
    ------
    CryoVesError
        If the voxel size is not known, or the file is gone.
    """
    path = Path(volume.info.path or "").absolute()
    size, digest = fingerprint(path)
    return TomogramReference(
        relative_path=_relative(path, project_path),
        absolute_path=str(path),
        size_bytes=size,
        sha256=digest,
        shape=volume.shape,
        voxel_size_nm=volume.voxel_size_nm,
        voxel_size_source=voxel_size_source,
    )


def resolve_from(project_path: str | os.PathLike[str], reference: TomogramReference) -> TomogramReference:
    """The reference for a project at another place."""
    return replace(reference, relative_path=_relative(Path(reference.absolute_path), project_path))


def fingerprint(path: str | os.PathLike[str]) -> tuple[int, str]:
    """A file's size in bytes, and the hash of its first and last mebibyte together with the size.

    Of a Zarr folder some chunks from all over stand for the whole.

    Raises
    ------
    CryoVesError
        If the file cannot be read.
    """
    source = Path(path)
    if (folder := look_at_zarr(source)) is not None:
        return folder.size, folder.digest
    try:
        size = source.stat().st_size
        with source.open("rb") as stream:
            digest = hashlib.sha256(stream.read(_SAMPLE_BYTES))
            stream.seek(max(size - _SAMPLE_BYTES, 0))
            digest.update(stream.read(_SAMPLE_BYTES))
    except FileNotFoundError:
        raise CryoVesError(f"{path} does not exist.") from None
    except OSError as error:
        raise CryoVesError(f"{path} could not be read: {(error.strerror or str(error)).lower()}.") from error
    digest.update(str(size).encode())
    return size, digest.hexdigest()


def is_same_tomogram(path: str | os.PathLike[str], reference: TomogramReference) -> bool:
    """Whether a file is the one that the reference was made of."""
    return fingerprint(path) == (reference.size_bytes, reference.sha256)


def find_tomogram(reference: TomogramReference, project_path: str | os.PathLike[str] | None) -> Path | None:
    """The tomogram beside the project or where it once was; ``None`` if it has to be asked for."""
    places = _places(reference, project_path)
    return next((p for p in places if is_same_tomogram(p, reference)), None)


def tomogram_of(reference: TomogramReference, project_path: str | os.PathLike[str]) -> Path:
    """As ``find_tomogram``, where there is nobody to ask.

    Raises
    ------
    CryoVesError
        If the tomogram is not found, or is another file by now.
    """
    places = _places(reference, project_path)
    found = next((p for p in places if is_same_tomogram(p, reference)), None)
    if found is not None:
        return found
    if places:
        raise CryoVesError(
            f"{places[0]} is not the tomogram of which {project_path} was made, or was written anew or cut short since "
            f"({reference.size_bytes} bytes then, {fingerprint(places[0])[0]} now); put the right one there, or open "
            "the project in the window and show where it is."
        )
    raise CryoVesError(
        f"The tomogram {reference.absolute_path} is not there any more; "
        f"put it beside the project {project_path}, or open that in the window and show where it is."
    )


def _places(reference: TomogramReference, project_path: str | os.PathLike[str] | None) -> list[Path]:
    """The files that may be the tomogram by their names."""
    places = [Path(reference.absolute_path)]
    if project_path is not None and reference.relative_path:
        folder = Path(project_path).absolute().parent
        # written on Windows, read elsewhere, or the reverse
        places.insert(0, folder / reference.relative_path.replace("\\", "/"))
        places.append(folder / reference.relative_path.replace("\\", "/").rsplit("/", 1)[-1])
    return [place for place in places if is_file(place) or is_zarr(place)]


def _relative(path: Path, project_path: str | os.PathLike[str] | None) -> str:
    if project_path is None:
        return ""
    try:
        return Path(os.path.relpath(path, Path(project_path).absolute().parent)).as_posix()
    except ValueError:  # another drive
        return ""

"""Where an OME-Zarr image lies: a folder or a zipped one, and the group or level inside that is meant."""

from __future__ import annotations

import json
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.reading import read_start

#: The files that make a folder a Zarr group or array.
METADATA_NAMES = ("zarr.json", ".zattrs", ".zgroup", ".zarray")
_ZIP_MAGIC = b"PK\x03\x04"
#: No metadata of a volume is as long as this.
_LONGEST_BYTES = 16 << 20
#: What the library says of zip files that are damaged, encrypted, or packed in ways it does not know.
_UNREADABLE_ZIP = (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError)
#: A zipped folder's list of chunks is held in memory.
_MOST_MEMBERS = 4_000_000

#: Signs that lead elsewhere on some system.
_ESCAPING = re.compile(r"[\\:\0]")


@dataclass(frozen=True)
class Place:
    """A folder or zip file that holds a Zarr tree, and the path of a node inside it, empty for the root."""

    store: Path
    inner: str = ""

    @cached_property
    def is_zipped(self) -> bool:
        """Whether the tree lies in a zip file."""
        return self.store.is_file()

    @property
    def name(self) -> str:
        """What sentences call it."""
        return str(self.store / self.inner) if self.inner else str(self.store)

    def child(self, path: str) -> Place:
        """A node below.

        Raises
        ------
        CryoVesError
            If the path leads out of this node.
        """
        return Place(self.store, str(PurePosixPath(self.inner, safe_path(path, self.name))))

    @cached_property
    def _members(self) -> Mapping[str, int]:
        """The names of the files in a zip file, and their unpacked lengths in bytes."""
        with zipfile.ZipFile(self.store) as archive:
            found = archive.infolist()
            if len(found) > _MOST_MEMBERS:
                raise CryoVesError(f"{self.store} holds {len(found)} files, too many for a zipped volume.")
            return {member.filename: member.file_size for member in found}

    def has(self, name: str) -> bool:
        """Whether a file lies in this node; asked for each of the hundred thousand chunks that an image may lack."""
        if self.is_zipped:
            return str(PurePosixPath(self.inner, name)) in self._members
        return os.path.isfile(f"{self._folder}/{name}")  # noqa: PTH113 - pathlib takes three times as long

    @cached_property
    def _folder(self) -> str:
        return str(self.store / self.inner)

    def file_size(self, name: str) -> int:
        """Length in bytes of a file of this node, unpacked; 0 where there is none."""
        if self.is_zipped:
            return self._members.get(str(PurePosixPath(self.inner, name)), 0)
        try:
            facts = os.stat(f"{self._folder}/{name}")  # noqa: PTH116 - pathlib takes three times as long
        except OSError:
            return 0
        return facts.st_size if stat.S_ISREG(facts.st_mode) else 0

    def metadata(self, name: str) -> JsonObject:
        """One of the node's JSON files; empty where there is none.

        Raises
        ------
        CryoVesError
            If it is no JSON object, or too long to be one of a volume.
        """
        if not self.has(name):
            return {}
        text = self.file_bytes(name, _LONGEST_BYTES + 1)
        try:
            found = json.loads(text) if len(text) <= _LONGEST_BYTES else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise CryoVesError(f"The Zarr metadata {self.name}/{name} cannot be understood.")
        return found

    def file_bytes(self, name: str, count: int) -> bytes:
        """The first bytes of a file of this node."""
        inner = str(PurePosixPath(self.inner, name))
        if not self.is_zipped:
            with (self.store / inner).open("rb") as stream:
                return read_start(stream, count)
        with zipfile.ZipFile(self.store) as archive, archive.open(inner) as member:
            return read_start(member, count)

    def attributes(self) -> JsonObject:
        """The node's attributes, with those of OME in one place for both versions."""
        new = self.metadata("zarr.json").get("attributes", {})
        found = {**self.metadata(".zattrs"), **(new if isinstance(new, dict) else {})}
        ome = found.get("ome")
        return {**found, **ome} if isinstance(ome, dict) else found


def safe_path(said: object, name: str) -> str:
    """A relative path that leads downwards.

    Raises
    ------
    CryoVesError
        If it leads elsewhere, in a sentence about ``name``.
    """
    path = said if isinstance(said, str) else ""
    if _ESCAPING.search(path) or any(part in ("", ".", "..") for part in path.split("/")):
        raise CryoVesError(
            f"{name} names the path “{path:.100}”, which is not one inside it; it was not followed."
        )
    return path


def zarr_place(path: Path) -> Place | None:
    """The place that a path means: a folder of Zarr, one of its metadata files, or a zipped one; else ``None``."""
    if path.name in METADATA_NAMES and path.is_file():
        path = path.parent
    if path.is_dir():
        return Place(path) if any((path / name).is_file() for name in METADATA_NAMES) else None
    zipped = next((p for p in (path, *path.parents) if _is_zip_name(p) and p.is_file()), None)
    if zipped is None or not _is_zip(zipped):
        return None
    inner = path.relative_to(zipped).as_posix()
    place = Place(zipped, "" if inner == "." else inner)
    return place if _holds_zarr(place) else None


def is_zarr(path: Path) -> bool:
    """Whether a path means a Zarr tree, or a node of one."""
    try:
        return zarr_place(path) is not None
    except _UNREADABLE_ZIP:
        return False


def _is_zip_name(path: Path) -> bool:
    """``.zip``, or ``.ozx`` as the standard's proposal names a zipped image."""
    suffix = path.suffix.lower()
    return ".zip" in suffix or suffix == ".ozx"


def _is_zip(path: Path) -> bool:
    if not stat.S_ISREG(path.stat().st_mode):
        return False
    with path.open("rb") as stream:
        return stream.read(4) == _ZIP_MAGIC


def _holds_zarr(place: Place) -> bool:
    try:
        return any(place.has(name) for name in METADATA_NAMES)
    except _UNREADABLE_ZIP:
        return False

"""Files on network drives: a memory map of one ends the program when the connection is lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import psutil

from cryoves_app.domain.reading import reading
from cryoves_app.formats.temporary import check_room, remove_temporary_file, temporary_file

#: File systems over a lab's network. Those of computing centres are not listed: their machines have no other disks.
_NETWORK_TYPES = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "afpfs",
        "webdav",
        "davfs",
        "fuse.davfs2",
        "fuse.sshfs",
    }
)


class Mount(Protocol):
    """What psutil says of a mounted disk."""

    mountpoint: str
    fstype: str
    opts: str


def is_on_network_drive(path: str | os.PathLike[str]) -> bool:
    """Whether a file lies on a drive that can go away; a local disk if the system does not say."""
    try:
        mounts = psutil.disk_partitions(all=True)
    except (OSError, RuntimeError):
        return False
    return lies_on_network(os.path.realpath(path), mounts)


def lies_on_network(path: str, mounts: Iterable[Mount]) -> bool:
    """Whether the mount nearest above a path is one of a network."""
    if path.startswith(("\\\\", "//")):
        return True
    above = [m for m in mounts if _holds(m.mountpoint, path)]
    nearest = max(above, key=lambda m: len(m.mountpoint), default=None)
    if nearest is None:
        return False
    return nearest.fstype.lower() in _NETWORK_TYPES or "remote" in nearest.opts.split(",")


def local_copy(path: Path) -> Path:
    """A temporary copy on the local disk; the caller removes it.

    Raises
    ------
    CryoVesError
        If there is no room, or the connection breaks.
    """
    with reading(path, "a tomogram"):
        check_room(path.stat().st_size, f"{path} lies on a network drive; a local copy of it")
        target = temporary_file("copy")
        try:
            shutil.copyfile(path, target)
        except BaseException:
            remove_temporary_file(target)
            raise
    return target


def _holds(mountpoint: str, path: str) -> bool:
    folder = mountpoint.rstrip("/\\")
    return path.startswith(folder) and path[len(folder) :][:1] in ("", "/", "\\")

"""New files into a folder that holds others, also if the process is killed between them: the next one goes on.

All new files are whole when the first takes its place. A note beside them then says where they go, so whoever
finds the temporary folder of a killed process can finish its work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.merging import merge
from cryoves_app.storage.removal import remove_file, remove_temporary
from cryoves_app.storage.temporary import (
    JOURNAL,
    Owner,
    clear_leftovers,
    lock_leftover,
    owner_of,
    temporary_folders,
)

#: What is known of a file without reading it: size and time.
Stamp = list[int]


def publish(new: Path, target: Path, *, mark: str = "", obsolete: Collection[str] = ()) -> None:
    """As ``merging.merge``, for a folder inside a temporary one that lies in ``target`` or beside it.

    Parameters
    ----------
    new
        The files, in a temporary folder of this process.
    target
        The folder that takes them.
    mark
        The file that says that all others belong together: it goes first and comes last.
    obsolete
        Files of ``target`` that go as well.

    Raises
    ------
    CryoVesError
        If a file is to take the place of a folder, or the reverse.
    OSError
        If the system refuses; all is as before then.
    """
    names = [str(p.relative_to(new)) for p in new.rglob("*") if not p.is_dir()]
    places = {name: stamp for name in (*names, *obsolete) if (stamp := _stamp(target / name))}
    note = {
        "new": new.name,
        "inside": target == new.parent.parent,
        "mark": mark,
        "obsolete": list(obsolete),
        "places": places,
    }
    journal = new.parent / JOURNAL
    written = journal.with_suffix(".new")
    written.write_text(json.dumps(note), encoding="utf-8")
    written.replace(journal)
    try:
        merge(new, target, mark=mark, obsolete=obsolete)
    finally:
        remove_file(journal)


def finish_interrupted(parent: Path) -> None:
    """Bring to its end what killed processes had begun to publish from a folder, and clear what they left."""
    for folder in temporary_folders(parent):
        if (folder / JOURNAL).exists():
            finish(folder)
    clear_leftovers(parent)


def finish(folder: Path) -> None:
    """Bring to its end what a killed process had begun to publish, and remove its temporary folder.

    Where somebody was at work in the target since, that stays as it is. The temporary folder stays while its
    process lives, or if the system refuses something.
    """
    if owner_of(folder) is not Owner.GONE or not _is_ours(folder):
        return
    with (
        suppress(OSError, CryoVesError, ValueError, KeyError, TypeError),
        lock_leftover(folder) or nullcontext(),
    ):
        if (folder / JOURNAL).exists():  # no other process has just done it
            note = json.loads((folder / JOURNAL).read_text(encoding="utf-8"))
            new = folder / Path(note["new"]).name
            target = folder.parent if note["inside"] else folder.parent / new.name
            # where none waits all took their places, and the mark that stands there is the new one
            if _waiting(new) and _is_untouched(new, target, note):
                merge(new, target, mark=note["mark"], obsolete=note["obsolete"])
        remove_temporary(folder)


def remove_or_finish(folder: Path) -> None:
    """Remove the temporary folder of a process that died, or bring to its end what it had begun to publish."""
    if (folder / JOURNAL).exists():
        finish(folder)
    else:
        remove_temporary(folder)


def _is_ours(folder: Path) -> bool:
    """Whether this user made it: another's note must not move files by this user's rights."""
    return not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()


def _is_untouched(new: Path, target: Path, note: dict[str, Any]) -> bool:
    """Whether all places that are still to be taken are free, or hold what they held."""
    names = (*_waiting(new), *note["obsolete"])
    return all(_stamp(target / name) in (None, note["places"].get(name)) for name in names)


def _waiting(new: Path) -> list[str]:
    """The files that did not take their places yet."""
    return [str(p.relative_to(new)) for p in new.rglob("*") if not p.is_dir()]


def _stamp(path: Path) -> Stamp | None:
    try:
        known = path.stat()
    except OSError:
        return None
    return [known.st_size, known.st_mtime_ns]

"""The folder of a training that was begun: one process works in it; without a checkpoint it vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import exists, is_file
from cryoves_app.network.checkpoint import BEST, STATE
from cryoves_app.network.model_store import CURVES, HISTORY, MODEL_FOLDER
from cryoves_app.storage.locks import hold
from cryoves_app.storage.removal import remove_empty, remove_file
from cryoves_app.storage.replacing import FolderKind, discard_content, make_folders, refuse_inputs
from cryoves_app.workflow.training.unfinished import GLIMPSE, ORDER, SIGN, STOP, Begun

#: Subfolder for the network's inputs.
NETWORK_INPUTS = "tomograms"
UNFINISHED = FolderKind(
    "a training",
    (SIGN, STATE),
    (
        SIGN,
        STATE,
        BEST,
        HISTORY,
        CURVES,
        STOP,
        GLIMPSE,
        ORDER,
        NETWORK_INPUTS,
        f"{NETWORK_INPUTS}/*.npy",
    ),
)


def refuse_to_begin(order: Begun) -> None:
    """Nothing that is not ours is replaced, with ``--force`` or not; told before hours of training.

    Raises
    ------
    CryoVesError
        If the model exists, is learned from, or lies where files of others do.
    """
    output = Path(order.output)
    if exists(output) and not (order.force or order.resume):
        raise CryoVesError(f"{output} exists already; use --force to replace it.")
    refuse_inputs([output], [order.start])
    MODEL_FOLDER.refuse_strangers(output)
    UNFINISHED.refuse_strangers(order.unfinished)


@contextmanager
def folder_of(order: Begun) -> Iterator[Path]:
    """The training's folder, held while one trains in it; without a checkpoint it vanishes after a failure.

    Raises
    ------
    CryoVesError
        If another process trains in it, or a training was begun there and this order neither goes on nor replaces it.
    """
    made = make_folders(order.unfinished)
    busy = f"Another training is at work in {order.unfinished}; wait for it, or choose another output folder."
    try:
        with hold(order.unfinished / SIGN, busy):
            if not order.resume:
                _begin_anew(order)
            try:
                yield order.unfinished
            except BaseException:
                if not (order.unfinished / STATE).is_file():
                    _clear(order.unfinished)
                raise
    finally:
        for folder in made:
            remove_empty(folder)


def _begin_anew(order: Begun) -> None:
    if (order.unfinished / STATE).is_file() and not order.force:
        raise CryoVesError(
            f"A training was begun in {order.unfinished}; go on with --resume, or start anew with --force."
        )
    discard_content(order.unfinished, UNFINISHED, keep=SIGN)


def discard_begun(order: Begun) -> None:
    """Remove a training that nobody goes on with.

    Raises
    ------
    CryoVesError
        If somebody trains in it, or files of others lie in it.
    """
    if exists(order.unfinished):
        with hold(order.unfinished / SIGN, f"A training is at work in {order.unfinished}."):
            _clear(order.unfinished)


def clear_killed(folder: Path) -> None:
    """Remove trainings in a folder of models that were killed before their first epoch was finished."""
    for sign in sorted(folder.glob(f"*.training/{SIGN}")):
        if not is_file(sign.with_name(STATE)):
            with suppress(CryoVesError), hold(sign, "It is at work."):
                _clear(sign.parent)


def _clear(folder: Path) -> None:
    """The sign goes last: by it the next one knows whose the rest is, where files of others or the system keep it."""
    try:
        discard_content(folder, UNFINISHED, keep=SIGN)
    except CryoVesError:
        return
    remove_file(folder / SIGN)
    remove_empty(folder)

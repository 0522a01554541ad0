"""What is kept after every epoch, so that training goes on exactly where it stopped."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.shortage import is_shortage, is_tight
from cryoves_app.network.weight_files import write_weights
from cryoves_app.network.weight_reader import read_weights
from cryoves_app.network.weights import Weights
from cryoves_app.storage.replacing import make_folders, replacing

STATE = "checkpoint.npz"
BEST = "best.weights.h5"
_ABOUT = "about"


@dataclass
class Checkpoint:
    """A training run after a whole epoch."""

    settings: Mapping[str, Any]
    history: list[dict[str, float]]
    best_loss: float
    best_epoch: int
    best: Weights = field(repr=False)
    state: list[Any] = field(repr=False)


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the folder's checkpoint.

    Raises
    ------
    CryoVesError
        If the disk is full or cannot be written.
    """
    about = {
        "settings": checkpoint.settings,
        "history": checkpoint.history,
        "best_loss": checkpoint.best_loss,
        "best_epoch": checkpoint.best_epoch,
    }
    arrays = {f"state_{k:04d}": np.asarray(a) for k, a in enumerate(checkpoint.state)}
    arrays[_ABOUT] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    try:
        make_folders(folder)
        with replacing(folder / STATE) as state:  # which takes its place after the weights that it speaks of
            np.savez(state, **arrays)  # type: ignore[arg-type]
            with replacing(folder / BEST) as best:
                write_weights(best, checkpoint.best)
    except CryoVesError as error:
        raise CryoVesError(f"{error} Once that is mended, go on with --resume; nothing is lost.") from error


def load_checkpoint(folder: Path) -> Checkpoint:
    """The folder's checkpoint; only arrays are read.

    Raises
    ------
    CryoVesError
        If there is none or it is damaged.
    """
    if not (folder / STATE).is_file():
        raise CryoVesError(f"There is no training to resume in “{folder}”.")
    try:
        with np.load(io.BytesIO((folder / STATE).read_bytes()), allow_pickle=False) as saved:
            about = json.loads(saved[_ABOUT].tobytes())
            state = [saved[name] for name in sorted(saved.files) if name != _ABOUT]
        return Checkpoint(
            about["settings"],
            about["history"],
            about["best_loss"],
            about["best_epoch"],
            read_weights(folder / BEST),
            state,
        )
    except CryoVesError:
        raise
    except Exception as error:  # whatever a damaged file makes of the libraries that read it
        if is_shortage(error) and is_tight():  # else the file asks for more than a training can hold
            raise MemoryError from error
        raise CryoVesError(f"The checkpoint in “{folder}” is damaged; start the training anew.") from error

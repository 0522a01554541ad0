"""The course of a training: a table and a picture, renewed after every epoch."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.storage.replacing import replacing

_VESICLE_COLOUR = (0.34, 0.71, 0.91)
EpochRow = dict[str, float]


def write_history(path: Path, history: Sequence[EpochRow]) -> None:
    """One row per epoch.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(history[0]))
        table.writeheader()
        table.writerows(history)


def draw_curves(path: Path, history: Sequence[EpochRow]) -> None:
    """Loss, and Dice with F1, over the epochs.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    lines = {
        "loss": left,
        "validation_loss": left,
        "dice": right,
        "validation_dice": right,
        "validation_f1": right,
    }
    names = {"loss": "training", "dice": "training, Dice", "validation_loss": "held out"}
    names |= {"validation_dice": "held out, Dice", "validation_f1": "held out, F1 of objects"}
    epochs = [row["epoch"] for row in history]
    for name, axes in lines.items():
        if name in history[0]:
            axes.plot(epochs, [row[name] for row in history], marker=".", label=names[name])
    for axes, title in ((left, "Loss"), (right, "Dice and F1")):
        axes.set(title=title, xlabel="epoch")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    left.set_yscale("log")
    right.set_ylim(0, 1.02)
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    with replacing(path) as temporary:
        temporary.write_bytes(drawn.getbuffer())


def draw_glimpse(path: Path, image: NDArray[np.float32], probability: NDArray[np.float32]) -> None:
    """A plane that was held out, and on it what the network takes for vesicles, row 0 at the bottom.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    from matplotlib.image import imsave

    grey = np.clip((image + 3) / 6, 0, 1)[..., None]
    share = 0.6 * np.clip(probability, 0, 1)[..., None]
    drawn = BytesIO()
    picture = np.clip(
        (1 - share) * grey + share * np.array(_VESICLE_COLOUR), 0, 1
    )  # sums of shares are rounded
    imsave(drawn, np.repeat(np.repeat(picture, 2, 0), 2, 1), origin="lower", format="png")
    with replacing(path) as temporary:
        temporary.write_bytes(drawn.getbuffer())

"""What an engine is: it turns a tile of the network's input into logits."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from cryoves_app.domain.arrays import Grey, Probability
from cryoves_app.domain.errors import CryoVesError, one_line
from cryoves_app.domain.shortage import is_shortage
from cryoves_app.network.architecture import Architecture
from cryoves_app.network.weights import Weights

R = TypeVar("R")

#: Context voxels of a tile per axis and side; they are computed with and left out of the result.
Margins = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
#: Number formats that an engine computes in.
AUTO, F32, BF16 = "auto", "f32", "bf16"
NO_MARGINS: Margins = ((0, 0), (0, 0), (0, 0))

#: How often a running tile asks whether it shall stop.
POLL_SECONDS = 0.1


#: A folded network is so cheap that larger tiles save nothing on a processor.
_FOLDED_TILE_BYTES = 300e6


class EngineOutOfMemory(MemoryError):
    """A tile did not fit into the engine's memory; a smaller one may."""


def translate_error(library: str, error: Exception) -> Exception:
    """What an error of an engine's library means: ``EngineOutOfMemory``, or a ``CryoVesError`` with its last words."""
    text = str(error).strip()
    if is_shortage(error):
        return EngineOutOfMemory(f"{library} ran out of memory.")
    return CryoVesError(
        f"{library} failed: {one_line(text.splitlines()[-1] if text else type(error).__name__)}."
    )


@dataclass(frozen=True)
class Footprint:
    """Memory of one tile: so many bytes per voxel of the tile, and so many per voxel of its result.

    Measured with 16 filters without folding; it grows with their number.
    """

    per_input: float
    per_output: float

    def scaled(self, architecture: Architecture) -> Footprint:
        """Of another network; a folded one holds its input and its output as voxels and as channels."""
        share = architecture.filters / 16 / architecture.channels
        copies = 8.0 if architecture.fold > 1 else 0.0
        return Footprint(self.per_input * share + copies, self.per_output * share + copies)

    def bytes_for(self, shape: tuple[int, int, int], margins: Margins) -> int:
        """Bytes for a tile of so many voxels."""
        inside = inner_shape(shape, margins)
        return int(
            self.per_input * np.prod(shape, dtype=float) + self.per_output * np.prod(inside, dtype=float)
        )


class Engine(ABC):
    """Runs the network on one device."""

    name: str
    device: str
    #: With 16 filters.
    _footprint: Footprint
    #: Memory for one tile where the caller names none; on a processor the program itself then stays well below 1.3 GB.
    tile_memory_bytes: float = 600e6
    #: What it computes in.
    precision: str = F32
    #: A sentence for the user where the engine is not the one that was asked for.
    note: str = ""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        if weights.architecture.fold > 1:
            self.tile_memory_bytes = _FOLDED_TILE_BYTES

    @property
    def architecture(self) -> Architecture:
        """Of the network that it runs."""
        return self.weights.architecture

    @property
    def footprint(self) -> Footprint:
        """Memory that a tile takes."""
        return self._footprint.scaled(self.architecture)

    @abstractmethod
    def logits(
        self,
        tile: Grey,
        margins: Margins = NO_MARGINS,
        check: Callable[[], None] = lambda: None,
    ) -> Grey:
        """The network's output before the sigmoid.

        Parameters
        ----------
        tile : (z, y, x) array
            The network's input, in standard deviations about 0; edges are multiples of ``architecture.multiple``.
        margins
            Voxels at each side that serve as context alone.
        check
            Called about ten times a second; what it raises ends the work.

        Returns
        -------
        (z, y, x) array
            Logits of the tile without its margins.

        Raises
        ------
        EngineOutOfMemory
            If the tile is too large.
        CryoVesError
            If the library fails.
        """

    def predict(self, tile: Grey) -> Probability:
        """Probability of each voxel of a tile with edges of any length.

        Parameters
        ----------
        tile : (z, y, x) array
            The network's input, in standard deviations about 0.

        Returns
        -------
        (z, y, x) array
            0 to 1.
        """
        edges = [(0, -n % self.architecture.multiple) for n in tile.shape]
        logits = self.logits(np.pad(tile, edges))
        return expit(logits[tuple(slice(n) for n in tile.shape)])


def inner_shape(shape: tuple[int, int, int], margins: Margins) -> tuple[int, int, int]:
    """Shape of a tile without its margins."""
    z, y, x = (n - low - high for n, (low, high) in zip(shape, margins, strict=True))
    return z, y, x


def crop_margins(tile: NDArray[Any], margins: Margins) -> NDArray[Any]:
    """A tile ``(z, y, x)``, of any unit, without its margins."""
    return tile[tuple(slice(low, n - high) for n, (low, high) in zip(tile.shape, margins, strict=True))]


def run_checked(work: Callable[[], R], check: Callable[[], None]) -> R:
    """Run what cannot be interrupted in a thread, asking ``check`` meanwhile.

    When ``check`` raises, the caller is free at once and the thread ends with its tile.
    """
    result: list[R] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:  # noqa: BLE001  (handed over to the caller below)
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL_SECONDS)
        check()
    if failure:
        raise failure[0]
    return result[0]

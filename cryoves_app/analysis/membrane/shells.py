"""The shells of many vesicles, of which only so many are held as a certain memory takes.

One shell is about a megabyte, half of that packed, and a large tomogram has tens of thousands of vesicles. What is not
held goes to the disk, or is cut from the tomogram again whenever it is asked for; both give the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.membrane.packed_shell import PackedShell
from cryoves_app.analysis.membrane.shell import Shell
from cryoves_app.storage.spill import Spill

#: What the shells of one round may hold: those of about 75 vesicles of usual size and sampling. A fit has two such
#: sets at a time, and the fits to decoys two more.
HELD_BYTES = 32 << 20
#: Where a shell begins on the disk, how many words it has, and the shape of its box.
_Spilled = tuple[int, int, tuple[int, int, int]]


class Shells:
    """Shells in their order; each is collected when it is first asked for.

    Parameters
    ----------
    collect
        Cuts the shell of a number from the tomogram; it must give the same whenever it is called.
    count
        How many there are.
    held_bytes
        What may be held in memory.
    scratch
        A folder on a disk for the others; without it they are collected again.
    """

    def __init__(
        self,
        collect: Callable[[int], Shell],
        count: int,
        held_bytes: int | None = None,
        scratch: Path | None = None,
    ) -> None:
        self._collect, self._count = collect, count
        self._room = HELD_BYTES if held_bytes is None else held_bytes
        self._held: dict[int, PackedShell] = {}
        self._spill = Spill(scratch)
        self._spilled: dict[int, _Spilled] = {}
        self._cut: dict[int, bool] = {}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Shell]:
        return (self[i] for i in range(self._count))

    def __getitem__(self, number: int) -> Shell:
        packed = self._held.get(number) or self._read(number)
        if packed is not None:
            return packed.shell
        if not 0 <= number < self._count:
            raise IndexError(number)
        shell = self._collect(number)
        self._cut[number] = shell.cut
        self._keep(number, shell)
        return shell

    @property
    def cut(self) -> NDArray[np.bool_]:
        """Which of them a face, or a place without data, cuts: ``(n,)``, of no unit."""
        return np.array([self._cut[i] if i in self._cut else self[i].cut for i in range(self._count)], bool)

    def _keep(self, number: int, shell: Shell) -> None:
        packed = PackedShell.of(shell)
        # the first ones stay: they are asked for in order, again and again
        if packed.words.nbytes <= self._room:
            self._room -= packed.words.nbytes
            self._held[number] = packed
            return
        place = self._spill.put(packed.words)
        if place is not None:
            self._spilled[number] = (place, len(packed.words), packed.box_shape)

    def _read(self, number: int) -> PackedShell | None:
        if number not in self._spilled:
            return None
        place, length, box_shape = self._spilled[number]
        words = self._spill.get(place, length)
        if words is None:
            del self._spilled[number]
            return None
        return PackedShell(words, box_shape, self._cut[number])

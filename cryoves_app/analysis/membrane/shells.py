"""The shells of many vesicles, of which only so many are held as a certain memory takes.

One shell is about a megabyte, and a large tomogram has tens of thousands of vesicles. What is not held is cut from the
tomogram again whenever it is asked for, which gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.membrane.shell import Shell

#: What the shells of one round may hold: those of about 250 vesicles of usual size and sampling.
HELD_BYTES = 256 << 20


class Shells:
    """Shells in their order; each is collected when it is first asked for.

    Parameters
    ----------
    collect
        Cuts the shell of a number from the tomogram; it must give the same whenever it is called.
    count
        How many there are.
    """

    def __init__(self, collect: Callable[[int], Shell], count: int, held_bytes: int | None = None) -> None:
        self._collect, self._count = collect, count
        self._room = HELD_BYTES if held_bytes is None else held_bytes
        self._held: dict[int, Shell] = {}
        self._cut: dict[int, bool] = {}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Shell]:
        return (self[i] for i in range(self._count))

    def __getitem__(self, number: int) -> Shell:
        held = self._held.get(number)
        if held is not None:
            return held
        if not 0 <= number < self._count:
            raise IndexError(number)
        shell = self._collect(number)
        self._cut[number] = shell.cut
        size = sum(
            a.nbytes for a in (shell.z_nm, shell.y_nm, shell.x_nm, shell.grey, shell.weight, shell.index)
        )
        if size <= self._room:  # the first ones stay: they are asked for in order, again and again
            self._room -= size
            self._held[number] = shell
        return shell

    @property
    def cut(self) -> NDArray[np.bool_]:
        """Which of them a face, or a place without data, cuts: ``(n,)``, of no unit."""
        return np.array([self._cut[i] if i in self._cut else self[i].cut for i in range(self._count)], bool)

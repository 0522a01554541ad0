"""A graphics card with the processor behind it, for when the card fails in the middle of a run."""

from __future__ import annotations

import math
from collections.abc import Callable

from cryoves_app.domain.arrays import Grey
from cryoves_app.domain.errors import Cancelled, one_line
from cryoves_app.network.engines.base import (
    NO_MARGINS,
    Engine,
    EngineOutOfMemory,
    Footprint,
    Margins,
)

#: A card that has no memory for a tile of so many voxels is of no use; larger tiles are cut smaller.
_SMALL_TILE_VOXELS = 96**3


class GuardedEngine(Engine):
    """Computes on a card until that fails (driver reset, card unplugged, no memory), then goes on with ``spare``.

    ``name`` and ``device`` always are those of the engine that computes; ``note`` tells of the change.
    """

    def __init__(self, card: Engine, spare: Engine) -> None:
        super().__init__(card.weights)
        self._spare = spare
        self._use(card)

    def _use(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.device = engine.name, engine.device
        self.tile_memory_bytes = engine.tile_memory_bytes

    @property
    def footprint(self) -> Footprint:
        """Of the engine that computes."""
        return self._engine.footprint

    def logits(
        self,
        tile: Grey,
        margins: Margins = NO_MARGINS,
        check: Callable[[], None] = lambda: None,
    ) -> Grey:
        """As ``Engine.logits``: a tile ``(z, y, x)`` in standard deviations to logits."""
        try:
            return self._engine.logits(tile, margins, check)
        except Exception as error:  # drivers fail in every way there is; the run goes on without
            if not self._is_to_be_left(error, math.prod(tile.shape)):
                raise
            self._leave_card(error)
        return self._engine.logits(tile, margins, check)

    def _is_to_be_left(self, error: Exception, voxels: int) -> bool:
        if self._engine is self._spare or isinstance(error, Cancelled):
            return False
        return voxels <= _SMALL_TILE_VOXELS or not isinstance(error, EngineOutOfMemory)

    def _leave_card(self, error: Exception) -> None:
        reason = one_line(error, 200)
        self.note = f"The graphics card failed during the run ({reason}); the processor computed the rest."
        self._use(self._spare)

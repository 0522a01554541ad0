"""One threshold's segments over the slices, while somebody looks for thresholds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cryoves_app.domain.project import Project
from cryoves_app.domain.volume import Volume
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.viewers.link_layer import CONNECTOR_COLOUR, TETHER_COLOUR, LinkBody, ShownLinks

if TYPE_CHECKING:  # loads libraries for which the window's start does not wait
    from cryoves_app.analysis.links.field import LinkField

#: How fine the slider is.
PREVIEW_STEPS = 100


@dataclass(frozen=True)
class PreviewAsked:
    """``thresholds`` as typed; ``share`` of the way from the lowest to the highest, 0 to 1."""

    project: Project
    volume: Volume
    thresholds: str
    share: float


@dataclass(frozen=True)
class PreviewedLevel:
    """The segments of one threshold, and what is said of them."""

    words: str
    bodies: Sequence[LinkBody]


class LinkPreview(QObject):
    """Draws the newest threshold that was asked for; the project's voxels are worked out once."""

    def __init__(
        self,
        owner: QObject,
        links: ShownLinks,
        ask: Callable[[], PreviewAsked | None],
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(owner)
        self._links, self._ask, self._tell = links, ask, tell
        self._lock = threading.Lock()
        self._known: tuple[object, LinkField] | None = None
        self.work = Recompute(self, self._prepare, self._take, on_failed=tell)

    def _prepare(self) -> Callable[[], PreviewedLevel] | None:
        asked = self._ask()
        return None if asked is None else lambda: self._level(asked)

    def _take(self, level: PreviewedLevel) -> None:
        self._links.show_bodies(level.bodies)
        self._tell(level.words)

    def _level(self, asked: PreviewAsked) -> PreviewedLevel:
        from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe, typed_thresholds
        from cryoves_app.workflow.links.shown import level_segments

        space = self._space(asked)
        levels = LinkPlan(LinkRecipe.PYTO, typed_thresholds(asked.thresholds)).thresholds_for(space)
        threshold = levels[0] + asked.share * (levels[-1] - levels[0])
        found = level_segments(space, threshold)
        bodies = [
            LinkBody(-n, TETHER_COLOUR if is_tether else CONNECTOR_COLOUR, voxels)
            for n, (is_tether, voxels) in enumerate(found, 1)
        ]
        return PreviewedLevel(
            f"Threshold {threshold:.5g}: {len(bodies)} segments touch two boundaries.", bodies
        )

    def _space(self, asked: PreviewAsked) -> LinkField:
        from cryoves_app.workflow.links.sources import project_source

        key = (asked.project.vesicles, asked.project.regions, asked.volume.info)
        with self._lock:
            if self._known is None or self._known[0] != key:
                self._known = key, project_source(asked.project, asked.volume, "").field()
            return self._known[1]

    def forget(self) -> None:
        """Of another tomogram nothing is known."""
        self.work.forget()
        self._known = None

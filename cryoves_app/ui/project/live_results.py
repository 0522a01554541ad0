"""What a run has found so far, shown in the document until it ends."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QObject

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.run_steps import NetworkMap
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import GridMap
from cryoves_app.ui.project.workspace import Workspace


class LiveResults(QObject):
    """Puts maps and spheres of a run before the user's eyes; what was shown before comes back at the end."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._state, self._document = workspace.state, workspace.document
        self._peeking = False

    def keep_map(self, network_map: NetworkMap) -> None:
        """The map becomes the document's."""
        values = np.load(network_map.path, mmap_mode="r")
        self._document.set_probability(GridMap(values, network_map.voxel_size_nm, network_map.corner_nm))

    def show_map(self, network_map: NetworkMap) -> None:
        """Keep the map, and show it while there is nothing else to see of a run."""
        self.keep_map(network_map)
        if not self._state.settings.show_probability:
            self._peeking = True
            self._state.change(show_probability=True)

    def show_spheres(self, spheres: Iterable[Sphere]) -> None:
        """What stands after a step, until the run ends."""
        self.hide_map()
        self._document.show_provisional(
            VesicleSet.of(
                Vesicle(number, s.z_nm, s.y_nm, s.x_nm, s.radius_nm) for number, s in enumerate(spheres, 1)
            )
        )

    def hide_map(self) -> None:
        """The map goes from the views again; it stays for who shows it anyway."""
        if self._peeking:
            self._peeking = False
            self._state.change(show_probability=False)

    def end(self) -> None:
        """The document shows its own vesicles again."""
        self.hide_map()
        self._document.end_provisional()

"""Another program's map or instances in the place of the network's: opened and checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryoves_app.analysis.segmentation.map_values import MapValues, survey_map
from cryoves_app.domain.arrays import Labels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.mrc import as_labels
from cryoves_app.workflow.pipeline.companion import companion_volume
from cryoves_app.workflow.pipeline.pipeline_inputs import identify_tomogram
from cryoves_app.workflow.pipeline.step_cache import key_of


@dataclass(frozen=True)
class GivenMap:
    """Probabilities or a mask on the tomogram's grid, or instances where ``labels`` ``(z, y, x)`` are there."""

    volume: Volume
    values: MapValues
    labels: Labels | None = None

    @property
    def name(self) -> str:
        """Of its file, without the folders."""
        return Path(self.volume.info.path or "").name

    @cached_property
    def key(self) -> str:
        """Of all that it is."""
        return key_of(identify_tomogram(self.volume), self.labels is not None)


def open_probability(path: Path, tomogram: Volume) -> GivenMap:
    """A map of probabilities (0 to 1, or bytes to 255) or a mask of two values that lies on the tomogram's grid.

    Raises
    ------
    CryoVesError
        If it cannot be read, lies on another grid, or holds other values.
    """
    volume = companion_volume(path, tomogram)
    values = survey_map(volume.data)
    if values.divisor is None:
        raise CryoVesError(
            f"{path} is no probability map: its values run from {values.low:.4g} to {values.high:.4g}, not from 0 to "
            "1 (or 255 in bytes). Give probabilities or a mask; numbered instances go with --labels."
        )
    return GivenMap(volume, values)


def open_instances(path: Path, tomogram: Volume) -> GivenMap:
    """Instances on the tomogram's grid; a volume that holds but one number is a mask.

    Raises
    ------
    CryoVesError
        If it cannot be read, lies on another grid, or is no label volume.
    """
    volume = companion_volume(path, tomogram)
    values = survey_map(volume.data)
    if values.are_two and values.low == 0 and values.are_whole:
        return GivenMap(volume, values)
    return GivenMap(volume, values, as_labels(volume.data, str(path)))

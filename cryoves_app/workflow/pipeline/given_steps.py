"""The first steps of a run where another program has done the network's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cryoves_app.analysis.network_input.preprocess import nearest_planes_on
from cryoves_app.analysis.network_input.scales import Scale
from cryoves_app.analysis.segmentation.candidates import Proposal
from cryoves_app.analysis.segmentation.given_map import candidates_of_labels, write_given_map
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import InstanceSettings
from cryoves_app.workflow.pipeline.given_map import GivenMap
from cryoves_app.workflow.pipeline.grey_values import InputFiles
from cryoves_app.workflow.pipeline.pipeline_inputs import mask_key
from cryoves_app.workflow.pipeline.scale_maps import MapSteps, ScaleMaps
from cryoves_app.workflow.pipeline.step_cache import key_of
from cryoves_app.workflow.pipeline.steps import StepLog

#: The probability at which a vesicle ends, where the recipe does not say.
_HALF = 0.5


class GivenMapSteps(MapSteps):
    """The first steps of a run where another program has done the network's work; ``given`` lies on the tomogram."""

    given: GivenMap

    def of(self, given: GivenMap) -> GivenMapSteps:
        """These steps with their map."""
        self.given = given
        return self

    def scales(self) -> Sequence[Scale]:
        """One scale for vesicles of all sizes that are looked for: the map's do not depend on it."""
        found = super().scales()
        largest = max(scale.largest_radius_nm for scale in found)
        smallest = min(scale.smallest_radius_nm for scale in found)
        return [replace(found[0], smallest_radius_nm=smallest, largest_radius_nm=largest)]

    def predict(self, scale: Scale, files: InputFiles, log: StepLog) -> ScaleMaps:
        """The map on the network's grid."""
        radius_nm = scale.expected_radius_nm
        key = key_of(files.key, self.given.key, mask_key(self._mask), radius_nm)
        maps = ScaleMaps(scale, files, self._cache.array(f"given-{key}"))
        with log.step("network", cached=maps.probability.exists()) as step:
            step.map, step.note = maps.map, f"taken from {self.given.name}"
            if not maps.probability.exists():
                self._write(maps, radius_nm, log.progress)
        return maps

    def _write(self, maps: ScaleMaps, radius_nm: float, progress: Progress) -> None:
        grid, voxel_nm = maps.files.grid, self._volume.voxel_size_nm
        mask = self._where(maps.files, None)
        with self._cache.writing(maps.probability, grid.shape) as out:
            if self.given.labels is None:
                volume, values = self.given.volume, self.given.values
                write_given_map(volume.data, values, grid, voxel_nm, radius_nm, out, mask, progress)
                return
            for z, plane in enumerate(nearest_planes_on(grid, self.given.labels, voxel_nm)):
                out[z] = plane != 0 if mask is None else (plane != 0) & (mask[z] != 0)

    @property
    def instance_settings(self) -> InstanceSettings:
        """From where programs draw the line; networks of other programs end less steeply than ours."""
        settings = self._recipe.instances
        return replace(settings, threshold=settings.threshold or _HALF)

    def _proposed(self, maps: ScaleMaps, log: StepLog) -> Proposal:
        if self.given.labels is None:
            return super()._proposed(maps, log)
        labels = self.given.labels
        if self._mask is not None:
            labels = labels.copy()
            for plane, inside in zip(labels, self._mask, strict=True):
                plane[inside == 0] = 0
        settings = self._recipe.instances
        return candidates_of_labels(labels, self._volume.voxel_size_nm, maps.scale, settings)

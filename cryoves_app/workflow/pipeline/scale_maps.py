"""The first steps of a run at each scale: the network's input, its probability map, the candidates in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.fits.decoys import Searched
from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.analysis.network_input.look import give_look
from cryoves_app.analysis.network_input.preprocess import NetworkGrid, axis_weights, network_grid
from cryoves_app.analysis.network_input.scales import Scale, scales
from cryoves_app.analysis.published.network_input import edge_aligned_weights, published_grid
from cryoves_app.analysis.published.rescaled_map import RescaledMap
from cryoves_app.analysis.published.segments import find_segments_as_published
from cryoves_app.analysis.segmentation.candidates import Proposal, find_candidates
from cryoves_app.domain.arrays import Mask
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import InstanceSettings, MatchLook, Normalisation, SplitRule
from cryoves_app.domain.run_steps import NetworkMap
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.reserved import open_array
from cryoves_app.network.model_store import Model
from cryoves_app.workflow.common.model_look import look_of
from cryoves_app.workflow.pipeline.grey_values import InputFiles, TomogramGrey
from cryoves_app.workflow.pipeline.pipeline_inputs import mask_key, write_mask_on_grid
from cryoves_app.workflow.pipeline.prediction import Predictor
from cryoves_app.workflow.pipeline.step_cache import StepCache, key_of
from cryoves_app.workflow.pipeline.steps import StepLog

#: Says from the main scale's input, as it is, whether to turn the contrast: 1 or -1.
SignRule = Callable[[InputFiles], int]


@dataclass(frozen=True)
class ScaleMaps:
    """Files of one scale: the network's input and its output, on one grid."""

    scale: Scale
    files: InputFiles
    probability: Path

    @property
    def voxel_size_nm(self) -> float:
        return self.files.grid.voxel_size_nm

    @property
    def map(self) -> NetworkMap:
        return NetworkMap(str(self.probability), self.voxel_size_nm)

    def load_probability(self) -> NDArray[np.float32]:
        """The map ``(z, y, x)``; read from the file where it is indexed."""
        loaded: NDArray[np.float32] = open_array(self.probability)
        return loaded


class MapSteps:
    """Input, network and candidates of one tomogram; each result is kept under a key of all it depends on.

    The network computes nothing where ``region_mask`` (on the tomogram's grid) is 0, or where there is no data.
    """

    def __init__(
        self,
        volume: Volume,
        recipe: Recipe,
        model: Model,
        cache: StepCache,
        predictor: Predictor,
        region_mask: RunMask | None,
    ) -> None:
        self._volume, self._recipe, self._model, self._cache = volume, recipe, model, cache
        self._predictor, self._mask = predictor, region_mask

    def compute(
        self, grey: TomogramGrey, sign: int | None, sign_rule: SignRule, log: StepLog
    ) -> tuple[int, list[ScaleMaps]]:
        """The maps of all scales, the main one first, and the sign; where it is not given the main scale decides."""
        found = []
        for scale in self.scales():
            grid = self._grid(scale.voxel_size_nm)
            sign, files = self._input(grey, grid, sign, sign_rule, log)
            found.append(self.predict(scale, files, log))
        self._predictor.release()
        assert sign is not None  # there is at least one scale
        return sign, found

    def scales(self) -> Sequence[Scale]:
        """Where is looked, the main scale first."""
        return scales(self._recipe.input, self._model.voxel_size_nm)

    def _grid(self, network_voxel_nm: float) -> NetworkGrid:
        span = published_grid if self._as_in_published else network_grid
        return span(self._volume.shape, self._volume.voxel_size_nm, network_voxel_nm)

    @property
    def _as_in_published(self) -> bool:
        return self._recipe.input.normalisation is Normalisation.PUBLISHED

    def _input(
        self, grey: TomogramGrey, grid: NetworkGrid, sign: int | None, sign_rule: SignRule, log: StepLog
    ) -> tuple[int, InputFiles]:
        with log.step("rescale") as step:
            files = grey.input_files(grid, sign or 1, log.progress)
            if sign is None:
                sign = sign_rule(files)
                files = files if sign > 0 else grey.input_files(grid, sign, log.progress)
            step.cached = files.cached
            step.note = f"{' × '.join(map(str, grid.shape))} voxels of {grid.voxel_size_nm:.3g} nm"
        return sign, files

    def predict(self, scale: Scale, files: InputFiles, log: StepLog) -> ScaleMaps:
        """The map of one scale, computed where it is not there yet."""
        seen = self._as_learned(files)
        key = key_of(
            seen.key,
            self._model.weights_hash,
            self._recipe.network,
            mask_key(self._mask),
            self._predictor.precision,
        )
        maps = ScaleMaps(scale, files, self._cache.array(f"probability-{key}"))
        with log.step("network", cached=maps.probability.exists()) as step:
            step.map = maps.map
            if not maps.probability.exists():
                mask = self.where(files)
                engine = self._predictor.predict(seen, mask, maps.probability, log.progress)
                step.engine, step.device = engine.name, engine.device
                step.note = f"{engine.name} on {engine.device}, {engine.precision}"
        return maps

    def where(self, files: InputFiles) -> Mask | None:
        """Where the network looks on its grid: 1 there, ``None`` everywhere; read where it is indexed."""
        return self._where(files, files.load_with_data())

    def _where(self, files: InputFiles, with_data: Mask | None) -> Mask | None:
        """Where on the network's grid something is looked for, 1 there, read where it is indexed; ``None`` everywhere.

        Nothing is looked for where there is no data, if that is given.
        """
        if self._mask is None:
            return with_data
        path = self._cache.array(f"where-{key_of(files.key, mask_key(self._mask), with_data is not None)}")
        if not path.exists():
            with self._cache.writing(path, files.grid.shape, np.uint8) as out:
                write_mask_on_grid(out, self._mask, files.grid, self._volume.voxel_size_nm, with_data)
        where: Mask = open_array(path)
        return where

    def _as_learned(self, files: InputFiles) -> InputFiles:
        """The input with the look that the network learned from, where that is wanted and known."""
        look = look_of(self._model)
        if self._recipe.input.match_look is not MatchLook.ON or look is None:
            return files
        key = key_of(files.key, look)
        image = self._cache.array(f"look-{key}")
        if not image.exists():
            with self._cache.writing(image, files.grid.shape) as out:
                give_look(files.load_image(), out, look, files.load_with_data())
        return replace(files, key=key, image=image)

    def searched(self, maps: Sequence[ScaleMaps]) -> Searched:
        """Where the network looked, and what it saw."""
        seen = tuple((m.load_probability(), m.voxel_size_nm) for m in maps)
        return Searched(seen, self._mask, self._volume.voxel_size_nm)

    def propose(self, maps: ScaleMaps, log: StepLog) -> Proposal:
        """The candidates of one scale."""
        key = f"candidates-{key_of(maps.probability.name, self._recipe.instances, maps.scale)}"
        kept = self._cache.read(key, Proposal)
        proposal = kept or self._proposed(maps, log)
        if kept is None:
            self._cache.write(key, proposal)
        log.add_all(proposal.steps, cached=kept is not None)
        return proposal

    def _proposed(self, maps: ScaleMaps, log: StepLog) -> Proposal:
        """New candidates, with the time of all steps in the last one."""
        wall, cpu = time.perf_counter(), time.process_time()
        by_shape = self._recipe.instances.split_rule is SplitRule.SHAPE
        found = (self._by_shape if by_shape else self._as_published)(maps, log.progress)
        *first, last = found.steps
        last = replace(last, wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)
        return replace(found, steps=(*first, last))

    @property
    def instance_settings(self) -> InstanceSettings:
        """How a map becomes candidates."""
        return self._recipe.instances

    def _by_shape(self, maps: ScaleMaps, progress: Progress) -> Proposal:
        probability, image = maps.load_probability(), maps.files.load_image()
        settings = self.instance_settings
        return find_candidates(probability, image, maps.voxel_size_nm, maps.scale, settings, progress)

    def _as_published(self, maps: ScaleMaps, progress: Progress) -> Proposal:
        """On the tomogram's own grid, whose membranes tell the threshold."""
        grey = TomogramGrey(self._volume, self._recipe.input, self._cache)
        source = grey.source(maps.files.sign, progress)
        settings = self._recipe.instances
        return find_segments_as_published(self._rescaled(maps), source, maps.scale, settings, progress)

    def _rescaled(self, maps: ScaleMaps) -> RescaledMap:
        """A map on the tomogram's own grid."""
        volume, probability = self._volume, maps.load_probability()
        step = volume.voxel_size_nm / maps.voxel_size_nm
        weights = [
            edge_aligned_weights(n, m) if self._as_in_published else axis_weights(n, m, step, 0.0)
            for n, m in zip(probability.shape, volume.shape, strict=True)
        ]
        return RescaledMap(probability, weights, volume.voxel_size_nm)

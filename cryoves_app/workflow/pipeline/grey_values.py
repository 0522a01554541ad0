"""A tomogram's grey values on their way to the network and to the fits, each result kept in the cache."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.grey.contrast import ContrastEvidence, measure_contrast
from cryoves_app.analysis.grey.model import GreyModel
from cryoves_app.analysis.grey.survey import survey_grey
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.network_input.coarse_input import is_coarse, prepare_coarse
from cryoves_app.analysis.network_input.preprocess import (
    NetworkGrid,
    finite_median,
    prepare_input,
    sample_voxels,
)
from cryoves_app.analysis.published.network_input import prepare_input_as_published
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import InputSettings, Normalisation
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.reserved import open_array
from cryoves_app.workflow.pipeline.pipeline_inputs import identify_tomogram
from cryoves_app.workflow.pipeline.step_cache import StepCache, key_of

#: Raised when the look at grey values tells more or other things than before, so that no older result is taken for one.
_LOOK = 2


@dataclass(frozen=True)
class InputFiles:
    """The network's input on one grid, and where it holds data (``None``: everywhere); ``key`` tells all it depends on.

    ``sign`` is -1 where the tomogram's contrast was turned.
    """

    key: str
    sign: int
    grid: NetworkGrid
    image: Path
    with_data: Path | None
    bad: int
    cached: bool

    def load_image(self) -> NDArray[np.float32]:
        """Standard deviations ``(z, y, x)``; read from the file where they are indexed."""
        loaded: NDArray[np.float32] = open_array(self.image)
        return loaded

    def load_with_data(self) -> NDArray[np.uint8] | None:
        """1 where the grid's voxels hold data, else 0; read as the image is."""
        return None if self.with_data is None else open_array(self.with_data)


class TomogramGrey:
    """What is known of one tomogram's grey values with one recipe, and what is made from them."""

    def __init__(self, volume: Volume, settings: InputSettings, cache: StepCache) -> None:
        self._volume, self._settings, self._cache = volume, settings, cache
        self._plain = settings.normalisation is not Normalisation.ROBUST
        self._surveyed: GreyModel | None = None
        self._is_surveyed = False

    @cached_property
    def key(self) -> str:
        """Of all that the look at the grey values depends on."""
        tomogram = identify_tomogram(self._volume)
        by_rule = (
            str(self._settings.normalisation) if self._plain else (_LOOK, self._settings.expected_radius_nm)
        )
        return key_of(tomogram, by_rule)

    def model(self, progress: Progress) -> GreyModel | None:
        """What the look at the tomogram told; ``None`` by the plain rule."""
        if self._plain:
            return None
        if not self._is_surveyed:
            self._surveyed, self._is_surveyed = self._kept_or_new_model(progress), True
        return self._surveyed

    def _kept_or_new_model(self, progress: Progress) -> GreyModel | None:
        kept = self._cache.read_arrays(f"grey-{self.key}")
        if kept is not None:
            return GreyModel.from_arrays(kept)
        volume, radius = self._volume, self._settings.expected_radius_nm
        model = survey_grey(volume.data, volume.voxel_size_nm, radius, progress)
        if model is not None:
            self._cache.write_arrays(f"grey-{self.key}", model.to_arrays())
        return model

    def input_files(self, grid: NetworkGrid, sign: int, progress: Progress) -> InputFiles:
        """The network's input on a grid, turned where ``sign`` is -1."""
        key = key_of(self.key, self._settings.smoothing_px, sign, grid.voxel_size_nm)
        image, mask = self._cache.array(f"input-{key}"), self._cache.array(f"with-data-{key}")
        cached = image.exists()
        if not cached:
            self._write_input(grid, sign, image, mask, progress)
        bad = self._cache.read(_bad_voxels(image), int) or 0
        return InputFiles(key, sign, grid, image, mask if mask.exists() else None, bad, cached)

    def _write_input(self, grid: NetworkGrid, sign: int, image: Path, mask: Path, progress: Progress) -> None:
        volume, model = self._volume, self.model(progress)
        if self._settings.normalisation is Normalisation.PUBLISHED:
            write = prepare_input_as_published
        else:
            write = prepare_coarse if is_coarse(grid, volume.voxel_size_nm) else prepare_input
        with ExitStack() as files:
            out = files.enter_context(self._cache.writing(image, grid.shape))
            with_data = None
            if model is not None and model.touched:  # complete before the image is
                with_data = files.enter_context(self._cache.writing(mask, grid.shape, np.uint8))
            bad = write(
                volume.data,
                grid,
                volume.voxel_size_nm,
                out,
                smoothing_px=self._settings.smoothing_px,
                invert=sign < 0,
                grey=model,
                with_data=with_data,
                progress=progress,
            )
            if bad:  # kept before the array is, so that a later run tells of it as well
                self._cache.write(_bad_voxels(image), bad)

    def contrast(self, files: InputFiles) -> ContrastEvidence:
        """What the network's input says of the contrast that the tomogram has as it is."""
        name = f"contrast-{files.key}"
        kept = self._cache.read(name, ContrastEvidence)
        if kept is not None:
            return kept
        evidence = measure_contrast(files.load_image(), files.load_with_data()).turned(files.sign)
        self._cache.write(name, evidence)
        return evidence

    def source(self, sign: int, progress: Progress) -> GreySource:
        """The tomogram as the fits see it."""
        volume, model = self._volume, self.model(progress)
        if model is not None and model.touched:
            middle, deviation = model.facts.median, model.facts.deviation
        else:
            model, some = None, sample_voxels(volume.data)
            middle = finite_median(volume.data)
            deviation = (float(some.std(dtype=np.float64)) if some.size else 0.0) or 1.0
        return GreySource(
            volume.data, volume.voxel_size_nm, middle, deviation, float(sign), model, self._cache.folder
        )


def _bad_voxels(image: Path) -> str:
    """Under which name the number of bad voxels is kept beside the network's input."""
    return f"{image.stem}-bad"

"""What a dataset's card says of a tomogram's grey values and voxels, against what the model learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.grey.quick import quick_contrast, quick_level
from cryoves_app.analysis.network_input.look import GreyLook, measure_look
from cryoves_app.analysis.network_input.preprocess import network_grid, prepare_input, sample_voxels
from cryoves_app.domain.arrays import Grey
from cryoves_app.domain.recipe_settings import Contrast
from cryoves_app.domain.volume import Volume
from cryoves_app.network.model_store import STANDARD_VOXEL_NM, Model
from cryoves_app.workflow.common.model_look import OTHER_LOOK, look_of

#: Voxels that are coarser or finer than the network's by more than this factor are told.
_MUCH_RESCALED = 2.0
#: Edge of the box in the middle whose look is measured, in the network's voxels.
_BOX_PX = 96


@dataclass(frozen=True)
class Learner:
    """The model that would go on learning: its voxel size, and the look that it knows; a new one knows none."""

    name: str = ""
    voxel_size_nm: float = STANDARD_VOXEL_NM
    look: GreyLook | None = None

    @classmethod
    def of(cls, model: Model | None, voxel_size_nm: float | None = None) -> Learner:
        """A model, or a new network for voxels of a size."""
        if model is None:
            return cls(voxel_size_nm=voxel_size_nm or STANDARD_VOXEL_NM)
        return cls(model.name, model.voxel_size_nm, look_of(model))


@dataclass(frozen=True)
class GreySeen:
    """Mean and standard deviation for a table, and what does not fit."""

    grey: str
    notes: tuple[str, ...]


def look_at_grey(volume: Volume, learner: Learner) -> GreySeen:
    """Look at some voxels of a tomogram whose voxel size is known."""
    some = sample_voxels(volume.data)
    if not some.size:
        return GreySeen("", ("it holds no number: all its voxels are NaN or infinite",))
    middle, deviation = quick_level(volume.data, some)
    notes = [_scale_note(volume.voxel_size_nm, learner.voxel_size_nm)]
    evidence = quick_contrast(volume.data, volume.voxel_size_nm)
    if evidence.verdict is Contrast.BRIGHT:
        notes.append("bright membranes: turned dark")
    notes.append(_look_note(volume, learner, bright=evidence.verdict is Contrast.BRIGHT))
    return GreySeen(f"{_short(middle)} ± {_short(deviation)}", tuple(note for note in notes if note))


def _short(value: float) -> str:
    """Three digits, without an exponent where the number is no giant."""
    return f"{float(f'{value:.3g}'):g}"


def _scale_note(size_nm: float, network_nm: float) -> str:
    factor = size_nm / network_nm
    if factor > _MUCH_RESCALED:
        return f"coarse: the network sees {network_nm:.3g} nm"
    return f"fine: the network sees {network_nm:.3g} nm" if factor < 1 / _MUCH_RESCALED else ""


def _look_note(volume: Volume, learner: Learner, *, bright: bool) -> str:
    if learner.look is None:
        return ""
    factor = float(np.exp(measure_look(_middle(volume, learner, bright=bright)).difference(learner.look)))
    if factor <= OTHER_LOOK:
        return ""
    return f"noise and blur differ {factor:.1f}-fold from what “{learner.name}” learned"


def _middle(volume: Volume, learner: Learner, *, bright: bool) -> Grey:
    edge = round(_BOX_PX * learner.voxel_size_nm / volume.voxel_size_nm)
    window = tuple(slice(max((n - edge) // 2, 0), (n + edge) // 2) for n in volume.shape)
    box = np.asarray(volume.data[window], np.float32)
    z, y, x = box.shape
    grid = network_grid((z, y, x), volume.voxel_size_nm, learner.voxel_size_nm)
    image: Grey = np.empty(grid.shape, np.float32)
    prepare_input(box, grid, volume.voxel_size_nm, image, invert=bright)
    return image

"""A project: one tomogram, the recipe, the vesicles and the regions, as they stand now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cryoves_app.domain.links.judgement import LinkJudgement
from cryoves_app.domain.pools import PoolPlan
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Region
from cryoves_app.domain.vesicle_set import VesicleSet

#: Under this name a project's run has the spheres (z, y, x, outer radius in nm) of the segments before any fit.
CANDIDATES = "candidates_nm"


@dataclass(frozen=True)
class TomogramReference:
    """Which file a project speaks of, and how to recognise it when it moved.

    ``sha256`` is the hash of the file's first and last mebibyte and its size, so that it costs nothing
    on large files. ``voxel_size_source`` says where the voxel size came from: ``header`` or ``user``.
    """

    relative_path: str
    absolute_path: str
    size_bytes: int
    sha256: str
    shape: tuple[int, int, int]
    voxel_size_nm: float
    voxel_size_source: str = "header"


@dataclass(frozen=True)
class Project:
    """Everything a ``.cryoves`` file holds besides its history.

    ``link_judgements`` is what was decided about links; the links themselves are found anew.
    ``companions`` are other volumes on the tomogram's grid, such as the one before denoising.
    """

    tomogram: TomogramReference
    recipe: Recipe = field(default_factory=Recipe)
    model: str = "default"
    vesicles: VesicleSet = field(default_factory=VesicleSet)
    regions: tuple[Region, ...] = ()
    views: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    pools: PoolPlan = field(default_factory=PoolPlan)
    companions: tuple[TomogramReference, ...] = ()
    link_judgements: tuple[LinkJudgement, ...] = ()

"""What is to be done with one tomogram: the order that goes to the worker. Light, no numerics."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path

from cryoves_app.domain.recipe import BUILT_IN, Recipe
from cryoves_app.domain.region import Region
from cryoves_app.domain.units import angstrom_from_nm
from cryoves_app.workflow.common.naming import companion
from cryoves_app.workflow.jobs.messages import Order
from cryoves_app.workflow.segment.outcome import SegmentResult


@dataclass(frozen=True)
class SegmentJob(Order[SegmentResult], kind="segment"):
    """One tomogram, where its results go, and how.

    ``probability`` and ``labels`` are another program's map or instances, taken in place of the network's.
    ``region``, ``active_zone``, ``fit_volume`` and those two may hold ``{dir}`` and ``{stem}``.
    ``regions`` are those drawn in the window, and ``drawn_in`` is the project file that holds them; the network
    computes inside them and one vesicle around.
    ``condition`` is the group of the study that the tomogram belongs to.
    ``into`` is a project whose vesicles are renewed; work by hand in it is kept.
    With ``links`` connectors and tethers are looked for afterwards, where the cytoplasm's outline is known.
    """

    tomogram: str
    folder: str
    recipe: Recipe = field(default_factory=Recipe)
    model: str = "default"
    voxel_size_nm: float | None = None
    region: str | None = None
    active_zone: str | None = None
    optional_region: bool = False
    regions: tuple[Region, ...] = ()
    drawn_in: str | None = None
    fit_volume: str | None = None
    probability: str | None = None
    labels: str | None = None
    into: str | None = None
    engine: str = "auto"
    device: str = "auto"
    threads: int = 2
    precision: str = "auto"
    box_px: tuple[int, ...] = ()
    keep_probability: bool = False
    skip_done: bool = False
    force: bool = False
    condition: str = ""
    links: bool = False

    def companion(self, pattern: str | None) -> Path | None:
        """The file of this tomogram that a pattern names; ``None`` where none is wanted."""
        return companion(pattern, Path(self.tomogram)) if pattern else None

    @property
    def volumes(self) -> tuple[str | Path | None, ...]:
        """The tomogram and what goes with it voxel for voxel."""
        return (self.tomogram, *map(self.companion, (self.fit_volume, self.probability, self.labels)))

    @property
    def given_name(self) -> str:
        """The name of the file that takes the place of the network's map; empty without one."""
        given = self.companion(self.probability or self.labels)
        return given.name if given else ""

    def command_line(self, recipe_file: str = "") -> str:
        """The command that does the same again; a recipe of one's own is read from the run record or another file."""
        words = ["cryoves", "segment", self.tomogram, "-o", str(Path(self.folder).parent)]
        words += ["--model", self.model, "--recipe", self._recipe_word(recipe_file)]
        if self.voxel_size_nm is not None:
            words += ["--voxel-size", f"{angstrom_from_nm(self.voxel_size_nm):.10g}"]
        for option, value in (
            ("--region", self.region or (self.drawn_in if self.regions else None)),
            ("--active-zone", self.active_zone),
            ("--fit-volume", self.fit_volume),
            ("--probability", self.probability),
            ("--labels", self.labels),
            ("--into", self.into),
        ):
            words += [option, value] if value else []
        words += ["--optional-region"] if self.optional_region else []
        words += ["--box", ",".join(map(str, self.box_px))] if self.box_px else []
        words += ["--engine", self.engine, "--device", self.device, "--threads", str(self.threads)]
        words += ["--precision", self.precision] if self.precision != "auto" else []
        words += ["--keep-probability"] if self.keep_probability else []
        words += ["--links"] if self.links else []
        return shlex.join(words)

    def _recipe_word(self, recipe_file: str) -> str:
        if BUILT_IN.get(self.recipe.name) == self.recipe:
            return self.recipe.name
        return recipe_file or str(Path(self.folder) / "run.json")

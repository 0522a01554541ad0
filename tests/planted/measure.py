"""Links of simulated terminals by both recipes, from true vesicles or from those that the program finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryoves_app.analysis.links.pyto import LinkKind
from cryoves_app.analysis.simulate.terminal import simulate_terminal
from cryoves_app.analysis.simulate.tomogram import SimulatedTomogram
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import regions_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import write_mrc_labels, write_tomogram
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.links.found import FoundLinks, find_links
from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe
from cryoves_app.workflow.links.sources import LinkSource, project_source, source_of_project
from cryoves_app.workflow.quality.simulation import truth_vesicles
from tests.cli.program import run
from tests.planted.scores import PairScore, score, true_numbers, true_pairs
from tests.planted.terminals import Terminal


class Vesicles(StrEnum):
    """Where vesicles come from."""

    TRUE = "true"  # the planted spheres
    FOUND = "found"  # ``cryoves segment`` with the bundled network
    FITTED = "fitted"  # ``cryoves segment --labels`` with the true labels: as if all were corrected


@dataclass(frozen=True)
class Measured:
    """Scores by recipe and kind, and what the program's own recipe looked at and said.

    ``gaps`` between near surfaces were looked at; ``may_be_none``: it is said that all links may be chance.
    """

    terminal: Terminal
    scores: Mapping[tuple[LinkRecipe, LinkKind], PairScore]
    gaps: int
    may_be_none: bool


def measure(terminal: Terminal, vesicles: Vesicles, folder: Path) -> Measured:
    """Simulate a terminal, which takes some seconds of a processor, and look for its links."""
    tomogram = simulate_terminal(terminal.spec, terminal.seed)
    source = source_of(terminal, tomogram, vesicles, folder)
    numbers = true_numbers(source.vesicles, tomogram.spheres)
    scores, gaps, may_be_none = {}, 0, False
    for recipe in LinkRecipe:
        found = find_links(source, LinkPlan(recipe))
        gaps = max(gaps, found.candidates)
        may_be_none = may_be_none or (found.linked is not None and found.linked.may_be_none)
        scores |= {(recipe, kind): _scored(found, kind, tomogram, numbers) for kind in LinkKind}
    return Measured(terminal, scores, gaps, may_be_none)


def _scored(
    found: FoundLinks, kind: LinkKind, tomogram: SimulatedTomogram, numbers: Mapping[int, int]
) -> PairScore:
    return score(found, kind, true_pairs(tomogram.filaments, kind), numbers)


def source_of(
    terminal: Terminal, tomogram: SimulatedTomogram, vesicles: Vesicles, folder: Path
) -> LinkSource:
    """What links are looked for in; its files are written into a folder."""
    path = folder / f"{terminal.name}.mrc"
    info = VolumeInfo(tomogram.labels.shape, tomogram.grey.dtype, tomogram.voxel_size_nm)
    write_tomogram(path, tomogram.grey, info)
    if vesicles is Vesicles.TRUE:
        volume = open_volume(path)
        planted = VesicleSet.of(truth_vesicles(tomogram))
        project = Project(reference_to(volume, None), regions=tomogram.regions, vesicles=planted)
        return project_source(project, volume, terminal.name, (path,))
    regions = path.with_suffix(".mod")
    write_model(regions, regions_model(info, tomogram.regions))
    asked: list[object] = ["segment", path, "-o", folder, "--region", regions, "--active-zone", regions]
    if vesicles is Vesicles.FITTED:
        labels = folder / f"{terminal.name}_labels.mrc"
        write_mrc_labels(labels, tomogram.labels, info)
        asked += ["--labels", labels]
    done = run(*asked, "--threads", 1, data=folder / "data")
    if done.returncode:
        raise RuntimeError(done.stderr)
    return source_of_project(folder / terminal.name / f"{terminal.name}.cryoves")

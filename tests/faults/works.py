"""What the program does while it is hurt: commands, each with small inputs of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project.project_file import write_project
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.checkpoint import STATE
from cryoves_app.network.model_store import export_model, load_model
from tests.cli.program import command
from tests.faults.place import Place
from tests.phantoms import phantom

VESICLE = Sphere(53, 53, 53, 20)


@dataclass(frozen=True)
class Work:
    """A command that may be hurt.

    Attributes
    ----------
    prepare
        Writes the inputs.
    words
        The command line; ``{inputs}``, ``{out}`` and ``{data}`` are folders of the place.
    again
        Options of the run that comes after a hurt, and must end well, from what is there.
    anew
        Options of a run over finished results.
    results
        Where the results lie, from the place's folder.
    share
        How many of a hundred hurts it gets.
    mark
        The file of each folder of results that says that all others belong together.
    on_the_way
        Patterns of what may lie among the results until they are finished.
    program
        Makes a command line of words.
    """

    name: str
    prepare: Callable[[Path], object]
    words: tuple[str, ...]
    anew: tuple[str, ...]
    again: Callable[[Place], tuple[str, ...]]
    results: str
    share: int
    mark: str = ""
    on_the_way: tuple[str, ...] = ()
    program: Callable[..., list[str]] = command

    def command(self, place: Place, options: Sequence[str]) -> list[str]:
        return self.program(*place.fill([*self.words, *options]))

    def folder(self, place: Place) -> Path:
        return place.folder / self.results


def write_flat(path: Path) -> Path:
    """There is nothing to find in it, so that its segmentation takes little more than the start."""
    grey = np.full((48, 52, 56), 7, np.float32)
    write_map(path, grey, VolumeInfo(grey.shape, grey.dtype, 2.2))
    return path


def write_one(path: Path, seed: int = 1) -> Path:
    """With one vesicle, so that every step has its turn."""
    small = phantom([(*VESICLE.centre_nm, VESICLE.radius_nm)], (48, 48, 48), seed=seed)
    grey = small.grey.astype(np.float32)
    write_map(path, grey, VolumeInfo(grey.shape, grey.dtype, small.voxel_nm))
    return path


def _queue(inputs: Path) -> None:
    for name in "abc":
        write_flat(inputs / f"{name}.mrc")
    (inputs / "queue.txt").write_text("*.mrc\n", encoding="utf-8")


def _dataset(inputs: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        write_one(inputs / f"{name}.mrc", seed)
        write_vesicles(inputs / f"{name}_truth.csv", [Vesicle(1, 53, 53, 53, 20)], 2.2)


def _project(inputs: Path) -> None:
    volume = open_volume(write_one(inputs / "one.mrc"))
    path = inputs / "one.cryoves"
    places = random.Random(5)
    found = [Vesicle(n + 1, *(places.uniform(25, 80) for _ in range(3)), 15.0) for n in range(20)]
    write_project(path, Project(reference_to(volume, path), vesicles=VesicleSet.of(found)))


def _go_on(place: Place) -> tuple[str, ...]:
    """A training goes on where a whole epoch was kept."""
    return ("--resume",) if (place.out / "model.training" / STATE).exists() else ("--force",)


_SHORT = ("--epochs", "2", "--patches", "2", "--patch-size", "16", "--batch", "1", "--filters", "2")
WORKS = (
    Work(
        "segment",
        lambda inputs: write_one(inputs / "one.mrc"),
        ("segment", "{inputs}/one.mrc", "-o", "{out}", "--threads", "1"),
        ("--force",),
        lambda _place: ("--force",),
        "out",
        10,
        mark="run.json",
    ),
    Work(
        "batch",
        _queue,
        ("batch", "{inputs}/queue.txt", "-o", "{out}", "--threads", "1"),
        ("--force",),
        lambda _place: (),
        "out",
        30,
        mark="run.json",
    ),
    Work(
        "train",
        _dataset,
        ("train", "{inputs}", "-o", "{out}/model", *_SHORT, "--threads", "1"),
        ("--force",),
        _go_on,
        "out",
        5,
        mark="card.json",
        on_the_way=("model.training/*", "model.training/tomograms/*"),
    ),
    Work(
        "export",
        _project,
        ("export", "{inputs}/one.cryoves", "-o", "{out}", "--format", "imod,labels,csv,star,glb,zarr"),
        ("--force",),
        lambda _place: ("--force",),
        "out",
        30,
    ),
    Work(
        "model-import",
        lambda inputs: export_model(load_model("default"), inputs / "theirs"),
        ("model", "import", "{inputs}/theirs", "--name", "mine"),
        ("--force",),
        lambda _place: ("--force",),
        "data/models",
        25,
        mark="card.json",
    ),
)

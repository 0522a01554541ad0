"""A public run of the CryoET Data Portal with its deposited vesicles, fetched to be segmented and compared.

The only part of the program that goes online, and only when it is asked to. It was written against a stand-in for the
portal's client and has not met the portal itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.copick.project import GO_VESICLE
from cryoves_app.formats.portal import INSTANCES, POINT

#: Synaptosomes with deposited vesicles (deposition 10330).
DATASETS = (10443, 10447, 10448, 10449, 10450, 10451)
#: The voxel size at which the network looks, in ångström.
_BEST_ANGSTROM = 22.0
_INSTANCE_MASKS = "InstanceSegmentationMask"
#: What can be compared, best first, and the format that is fetched.
_SHAPES = ((INSTANCES, "ndjson"), (_INSTANCE_MASKS, "mrc"), (POINT, "ndjson"))


class PortalShape(Protocol):
    """As the client has it: what kind of files an annotation has."""

    shape_type: str


class PortalAnnotation(Protocol):
    """As the client has it."""

    object_name: str
    object_id: str
    annotation_shapes: Iterable[PortalShape]

    def download(self, dest_path: str, format: str, shape: str) -> None: ...


class PortalTomogram(Protocol):
    """As the client has it; ``voxel_spacing`` in ångström."""

    voxel_spacing: float

    def download_mrcfile(self, dest_path: str) -> None: ...


class PortalRun(Protocol):
    """As the client has it."""

    name: str
    tomograms: Iterable[PortalTomogram]
    annotations: Iterable[PortalAnnotation]


@dataclass(frozen=True)
class FetchedRun:
    """A tomogram and the deposited vesicles; ``has_radii`` where they are more than centres."""

    name: str
    tomogram: Path
    truth: Path
    voxel_angstrom: float
    has_radii: bool


def find_run(dataset: int, name: str | None) -> PortalRun:
    """A run of a dataset by the portal's client: the one of a name, else the first with annotated vesicles.

    Raises
    ------
    CryoVesError
        If the client is not installed, the portal is out of reach, or there is no such run.
    """
    try:
        from cryoet_data_portal import Client, Run  # slow to load, and seldom needed
    except ModuleNotFoundError as error:
        raise CryoVesError(
            "This needs the portal's client: pip install 'cryoves-app[public]' in CryoVes' environment."
        ) from error
    try:
        found: list[PortalRun] = list(Run.find(Client(), [Run.dataset_id == dataset]))
    except Exception as error:
        raise CryoVesError(f"The CryoET Data Portal could not be asked: {type(error).__name__}.") from error
    return choose_run(found, dataset, name)


def choose_run(runs: Sequence[PortalRun], dataset: int, name: str | None) -> PortalRun:
    """The run of a name, else the first with vesicles.

    Raises
    ------
    CryoVesError
        If there is none.
    """
    fitting = [run for run in runs if run.name == name] if name else [r for r in runs if _vesicles_of(r)]
    if not fitting:
        shown = ", ".join(run.name for run in runs[:6]) or "none"
        what = f"run “{name:.60}”" if name else "run with annotated synaptic vesicles"
        raise CryoVesError(f"Dataset {dataset} has no {what}; its runs: {shown}.")
    return fitting[0]


def fetch_run(run: PortalRun, folder: Path) -> FetchedRun:
    """Download the tomogram whose voxels suit the network best, and the vesicles.

    Raises
    ------
    CryoVesError
        If the run has no tomogram or no vesicles that can be compared, or a download fails.
    """
    tomograms = sorted(run.tomograms, key=lambda t: abs(t.voxel_spacing - _BEST_ANGSTROM))
    if not tomograms:
        raise CryoVesError(f"The run {run.name} has no tomogram.")
    annotation, shape, kind = _best_annotation(run)
    places = [folder / "tomogram", folder / "truth"]
    for place in places:
        place.mkdir(parents=True)
    try:
        tomograms[0].download_mrcfile(str(places[0]))
        annotation.download(str(places[1]), format=kind, shape=shape)
    except Exception as error:
        raise CryoVesError(f"A download of the run {run.name} failed: {type(error).__name__}.") from error
    tomogram, truth = _only(places[0], "mrc", run), _only(places[1], kind, run)
    return FetchedRun(run.name, tomogram, truth, tomograms[0].voxel_spacing, shape != POINT)


def _vesicles_of(run: PortalRun) -> list[PortalAnnotation]:
    return [a for a in run.annotations if a.object_id == GO_VESICLE or "vesicle" in a.object_name.casefold()]


def _best_annotation(run: PortalRun) -> tuple[PortalAnnotation, str, str]:
    found = _vesicles_of(run)
    for shape, kind in _SHAPES:
        for annotation in found:
            if shape in [s.shape_type for s in annotation.annotation_shapes]:
                return annotation, shape, kind
    there = sorted({s.shape_type for a in found for s in a.annotation_shapes})
    raise CryoVesError(
        f"The vesicles of the run {run.name} are deposited as {', '.join(there) or 'nothing'}, which cannot be "
        "compared."
    )


def _only(folder: Path, kind: str, run: PortalRun) -> Path:
    files = sorted(folder.rglob(f"*.{kind}"))
    if not files:
        raise CryoVesError(f"The download of the run {run.name} brought no .{kind} file.")
    return files[0]

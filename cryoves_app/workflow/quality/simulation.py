"""Simulated tomograms as files: the tomogram, its truth as table and labels, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app import __version__
from cryoves_app.analysis.simulate.benchmark import simulate_benchmark
from cryoves_app.analysis.simulate.benchmark_spec import BENCHMARK_SPECS
from cryoves_app.analysis.simulate.compartments import Compartment
from cryoves_app.analysis.simulate.conditions import GRID_FIRST_SEED, GRID_SIZE, grid_spec, training_spec
from cryoves_app.analysis.simulate.held_out import crowded_spec, no_vesicles_spec
from cryoves_app.analysis.simulate.outlined import outlined_spec
from cryoves_app.analysis.simulate.spec import TerminalSpec
from cryoves_app.analysis.simulate.terminal import simulate_terminal
from cryoves_app.analysis.simulate.tomogram import Filament, SimulatedTomogram
from cryoves_app.analysis.simulate.varied import varied_spec
from cryoves_app.domain.arrays import Shape
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.reading import exists, read_settings
from cryoves_app.domain.vesicle import Flag, Origin, Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import regions_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import write_mrc_labels, write_tomogram
from cryoves_app.formats.tables.rows import write_rows
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.storage.replacing import replacing
from cryoves_app.workflow.common.output_folder import complete_files

#: Smallest edge of a tomogram in nm: two vesicles must fit.
SMALLEST_EDGE_NM = 100.0
#: Below them a box of vesicles does not fit into any memory, above them a membrane is no voxel wide.
VOXEL_SIZES_NM = (0.1, 5.0)
#: Grey values per standard deviation in eight bits: clipped beyond 4.2, rounded to 1 % of it.
EIGHT_BIT_SD = 30.0

#: Columns of the threads' table; ``a`` and ``b`` are vesicles' numbers, or the plasma membrane.
FILAMENT_COLUMNS = (
    "kind", "a", "b", "ax_nm", "ay_nm", "az_nm", "bx_nm", "by_nm", "bz_nm", "radius_nm", "density",
)  # fmt: skip
MEMBRANE = "membrane"


@dataclass(frozen=True)
class SimulationRequest:
    """What to simulate; ``None`` leaves the preset's own value."""

    preset: str = "terminal"
    seed: int = 1
    shape: Shape | None = None
    voxel_size_nm: float | None = None
    n_vesicles: int | None = None
    snr: float | None = None
    tilt_range_deg: float | None = None
    eight_bit: bool = False
    masks: bool = False


@dataclass(frozen=True)
class SimulatedFiles:
    """The files of one simulated tomogram."""

    tomogram: Path
    truth: Path
    labels: Path
    meta: Path
    filaments: Path
    regions: Path
    masks: tuple[Path, ...] = ()

    @classmethod
    def named(cls, folder: Path, name: str, *, masks: bool = False) -> SimulatedFiles:
        """The files of one name in a folder; ``masks`` are in the order of ``Compartment``."""
        return cls(
            folder / f"{name}.mrc",
            folder / f"{name}_truth.csv",
            folder / f"{name}_labels.mrc",
            folder / f"{name}.json",
            folder / f"{name}_filaments.csv",
            folder / f"{name}_regions.mod",
            tuple(folder / f"{name}_{part}.mrc" for part in Compartment) if masks else (),
        )

    def all(self) -> tuple[Path, ...]:
        return (
            self.tomogram, self.truth, self.labels, self.meta, self.filaments, self.regions, *self.masks
        )  # fmt: skip


def presets() -> tuple[str, ...]:
    """Names that ``SimulationRequest.preset`` knows."""
    return (*_TERMINALS, *BENCHMARK_SPECS)


def simulate(request: SimulationRequest, progress: Progress) -> SimulatedTomogram:
    """The tomogram that a request describes.

    Raises
    ------
    CryoVesError
        For an unknown preset, a box too small for vesicles, or masks of what is no terminal.
    """
    if request.masks and request.preset not in _TERMINALS:
        raise CryoVesError(
            f"“{request.preset}” has no membrane or mitochondria, so there are no masks of them; the presets "
            f"{', '.join(_TERMINALS)} have."
        )
    simulator = _terminal if request.preset in _TERMINALS else _benchmark
    tomogram = simulator(request, progress)
    return _in_eight_bits(tomogram) if request.eight_bit else tomogram


def write_simulation(
    request: SimulationRequest, folder: Path, name: str, progress: Progress, *, force: bool = False
) -> tuple[SimulatedFiles, SimulatedTomogram]:
    """Simulate and write ``NAME.mrc``, its truth in four files (seven with masks), and ``NAME.json``.

    Raises
    ------
    CryoVesError
        As ``simulate``; if a file exists and ``force`` is off; if the folder cannot be written.
    """
    files = SimulatedFiles.named(folder, name, masks=request.masks)
    _refuse_existing(files, force=force)
    # The tomogram comes last: where it stands, the rest is complete.
    with complete_files(folder, force=force, mark=files.tomogram.name) as partial:
        tomogram = simulate(request, progress)
        progress.start("writing", str(folder))
        _write(SimulatedFiles.named(partial, name, masks=request.masks), tomogram, request)
    progress.report(1.0)
    return files, tomogram


def _write(files: SimulatedFiles, tomogram: SimulatedTomogram, request: SimulationRequest) -> None:
    info = VolumeInfo(tomogram.labels.shape, tomogram.grey.dtype, tomogram.voxel_size_nm)
    write_mrc_labels(files.labels, tomogram.labels, info)
    write_vesicles(files.truth, truth_vesicles(tomogram), tomogram.voxel_size_nm)
    write_rows(files.filaments, FILAMENT_COLUMNS, map(_filament_row, tomogram.filaments))
    write_model(files.regions, regions_model(info, tomogram.regions))
    if tomogram.compartments is not None:
        for path, part in zip(files.masks, Compartment, strict=False):  # no files where none are wished
            write_mrc_labels(path, tomogram.compartments.volume(part), info)
    record = {"program": f"cryoves {__version__}", **tomogram.meta, "request": _plain_request(request)}
    _write_json(files.meta, record)
    write_tomogram(files.tomogram, tomogram.grey, info)


def _filament_row(thread: Filament) -> tuple[object, ...]:
    """Ends with 0.0001 nm, as in tables of vesicles."""
    ends = (f"{value:.4f}" for point in (thread.start_nm, thread.end_nm) for value in reversed(point))
    b = MEMBRANE if thread.b is None else thread.b
    return thread.kind, thread.a, b, *ends, f"{thread.radius_nm:.4f}", f"{thread.density:.4f}"


def is_simulation(files: SimulatedFiles, request: SimulationRequest) -> bool:
    """Whether files are there, complete, and from this very request."""
    if not all(map(exists, files.all())):
        return False
    try:
        record = read_settings(files.meta, "the record of a simulation")
    except CryoVesError:
        return False
    return record.get("request") == _plain_request(request)


def truth_vesicles(tomogram: SimulatedTomogram) -> list[Vesicle]:
    """The planted vesicles as rows of the table; those cut by a face carry the flag."""
    return [
        Vesicle(
            id=number,
            z_nm=sphere.z_nm,
            y_nm=sphere.y_nm,
            x_nm=sphere.x_nm,
            radius_nm=sphere.radius_nm,
            flags=(Flag.FACE,) if _is_cut(sphere, tomogram) else (),
            origin=Origin.IMPORTED,
            label=number,
        )
        for number, sphere in enumerate(tomogram.spheres, 1)
    ]


def _is_cut(sphere: Sphere, tomogram: SimulatedTomogram) -> bool:
    *centre, radius = sphere.to_px(tomogram.voxel_size_nm)
    return any(
        c < radius or c > edge - 1 - radius for c, edge in zip(centre, tomogram.labels.shape, strict=True)
    )


def _benchmark(request: SimulationRequest, progress: Progress) -> SimulatedTomogram:
    shape, voxel_size_nm = request.shape or (200, 400, 400), request.voxel_size_nm or 2.2
    _check_box(shape, voxel_size_nm)
    overrides = {
        "n_vesicles": request.n_vesicles,
        "snr": request.snr,
        "tilt_range_deg": request.tilt_range_deg,
    }
    given: dict[str, Any] = {k: v for k, v in overrides.items() if v is not None}
    return simulate_benchmark(shape, voxel_size_nm, request.seed, request.preset, progress=progress, **given)


def _terminal(request: SimulationRequest, progress: Progress) -> SimulatedTomogram:
    spec = _with_wishes(_TERMINALS[request.preset](request.seed), request)
    _check_box(spec.shape, spec.voxel_size_nm)
    tomogram = simulate_terminal(spec, request.seed, progress)
    return replace(tomogram, meta={"preset": request.preset, **tomogram.meta})


def _with_wishes(spec: TerminalSpec, request: SimulationRequest) -> TerminalSpec:
    wishes = {"snr": request.snr, "tilt_range_deg": request.tilt_range_deg}
    imaging: dict[str, Any] = {k: v for k, v in wishes.items() if v is not None}
    scene: dict[str, Any] = {} if request.n_vesicles is None else {"n_vesicles": request.n_vesicles}
    return replace(
        spec,
        shape=request.shape or spec.shape,
        voxel_size_nm=request.voxel_size_nm or spec.voxel_size_nm,
        scene=replace(spec.scene, **scene),
        imaging=replace(spec.imaging, **imaging),
    )


def _test_grid_spec(seed: int) -> TerminalSpec:
    last = GRID_FIRST_SEED + GRID_SIZE - 1
    if not GRID_FIRST_SEED <= seed <= last:
        raise CryoVesError(f"The test grid has the seeds {GRID_FIRST_SEED} to {last}, not {seed}.")
    return grid_spec(seed - GRID_FIRST_SEED)


_TERMINALS: dict[str, Callable[[int], TerminalSpec]] = {
    "terminal": lambda seed: TerminalSpec(),
    "training": training_spec,
    "training-varied": varied_spec,
    "training-outlines": outlined_spec,
    "test-grid": _test_grid_spec,
    "crowded": crowded_spec,
    "no-vesicles": no_vesicles_spec,
}


def _check_box(shape: Shape, voxel_size_nm: float) -> None:
    low, high = VOXEL_SIZES_NM
    if not low <= voxel_size_nm <= high:
        raise CryoVesError(
            f"Voxels of {voxel_size_nm * 10:.4g} Å cannot be simulated, but from {low * 10:.0f} to {high * 10:.0f} Å."
        )
    if min(shape) * voxel_size_nm < SMALLEST_EDGE_NM:
        raise CryoVesError(
            f"The box is too small for vesicles: its shortest edge is {min(shape) * voxel_size_nm:.0f} nm, "
            f"and {SMALLEST_EDGE_NM:.0f} nm are needed."
        )


def _in_eight_bits(tomogram: SimulatedTomogram) -> SimulatedTomogram:
    scale = EIGHT_BIT_SD / float(np.std(tomogram.grey, dtype=np.float64))
    grey: NDArray[np.int8] = np.clip(np.round(tomogram.grey * scale), -127, 127).astype(np.int8)
    return replace(tomogram, grey=grey, meta={**tomogram.meta, "eight_bit": True})


def _refuse_existing(files: SimulatedFiles, *, force: bool) -> None:
    existing = next(filter(exists, files.all()), None)
    if existing and not force:
        raise CryoVesError(f"{existing} exists already; use --force to replace it.")


def _plain_request(request: SimulationRequest) -> JsonObject:
    """What decides the tomogram; masks only show more of it."""
    plain = {name: value for name, value in asdict(request).items() if name != "masks"}
    return {**plain, "shape": list(request.shape) if request.shape else None}


def _write_json(path: Path, values: JsonObject) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")

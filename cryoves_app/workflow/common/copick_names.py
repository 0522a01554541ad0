"""``copick.json:RUN`` on the command line: the tomograms that it means."""

from __future__ import annotations

import fnmatch
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.copick.project import CopickProject, CopickTomogram, read_copick_project

_ENDING = ".json"
#: The voxel size at which the network looks, in ångström: the tomogram nearest to it is taken.
_BEST_ANGSTROM = 22.0


def copick_tomograms(argument: str) -> list[CopickTomogram] | None:
    """The tomograms of ``CONFIG:RUN``, ``CONFIG:RUN:SIZE`` or ``CONFIG:RUN:SIZE:KIND``; ``None`` for another argument.

    ``RUN`` may be a pattern. Without a voxel size the one nearest to the network's is taken, and without a kind there
    must be just one.

    Raises
    ------
    CryoVesError
        If the project cannot be read, or holds no such run or tomogram.
    """
    config, _, rest = argument.partition(f"{_ENDING}:")
    if not rest or not Path(config + _ENDING).is_file():
        return None
    run, size, kind = (*rest.split(":"), "", "")[:3]
    project = read_copick_project(Path(config + _ENDING))
    runs = fnmatch.filter(project.runs(), run)
    if not runs:
        shown = ", ".join(project.runs()[:8]) or "none"
        raise CryoVesError(f"The copick project {project.config} has no run “{run:.60}”; its runs: {shown}.")
    return [_chosen(project, name, size, kind) for name in runs]


def _chosen(project: CopickProject, run: str, size: str, kind: str) -> CopickTomogram:
    found = project.tomograms(run)
    wanted = [t for t in found if kind in ("", t.kind) and size in ("", f"{t.voxel_angstrom:g}")]
    wanted = wanted or [t for t in found if kind in ("", t.kind) and _is_size(size, t.voxel_angstrom)]
    if wanted and not size:
        best = min(abs(t.voxel_angstrom - _BEST_ANGSTROM) for t in wanted)
        wanted = [t for t in wanted if abs(t.voxel_angstrom - _BEST_ANGSTROM) == best]
    if len(wanted) != 1:
        listed = "; ".join(f"{t.voxel_angstrom:g}:{t.kind}" for t in found) or "none"
        what = "several tomograms that fit" if wanted else "no such tomogram"
        raise CryoVesError(
            f"The run {run} of {project.config} has {what}; name one as "
            f"{project.config.name}:{run}:SIZE:KIND of: {listed}."
        )
    return wanted[0]


def _is_size(text: str, angstrom: float) -> bool:
    try:
        return bool(text) and abs(float(text) - angstrom) < 1e-3 * angstrom
    except ValueError:
        return False

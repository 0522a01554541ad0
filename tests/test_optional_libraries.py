"""Libraries that an installation may lack are called missing where they are, not where there is no room for them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.shortage import is_shortage
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.scene import read_scene_balls
from cryoves_app.formats.sff import read_sff
from cryoves_app.workflow.batch.cluster import connect_scheduler
from cryoves_app.workflow.batch.slurm import job_script, start_slurm
from cryoves_app.workflow.quality.public_run import find_run

#: As the C library's loader tells that a library could not be mapped.
_NO_ROOM = "libx.so.1: failed to map segment from shared object: Cannot allocate memory"


def _start_slurm() -> None:
    with start_slurm(1, 1, ()):
        pass


def _connect() -> None:
    with connect_scheduler("127.0.0.1:1"):
        pass


#: A library, and what needs it.
_NEEDS: list[tuple[str, Callable[[], object]]] = [
    ("trimesh", lambda: read_scene_balls(Path("a.glb"))),
    ("sfftkrw", lambda: read_sff("a.sff", VolumeInfo((8, 8, 8), np.dtype(np.float32)))),
    ("cryoet_data_portal", lambda: find_run(1, None)),
    ("distributed", _connect),
    ("dask", _start_slurm),
    ("dask", lambda: job_script(1, ())),
    ("dask_jobqueue", lambda: job_script(1, ())),
]
_NAMES = ["scenes", "EMDB-SFF", "portal", "scheduler", "SLURM", "script", "script's cluster"]


def _forget(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the library had not been imported before."""
    for loaded in [m for m in sys.modules if m.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, loaded)


@pytest.mark.parametrize(("name", "work"), _NEEDS, ids=_NAMES)
def test_a_library_that_is_not_there_is_called_missing(
    name: str, work: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    _forget(name, monkeypatch)
    monkeypatch.setitem(sys.modules, name, None)  # so Python itself says that there is no such module
    with pytest.raises(CryoVesError, match="pip install 'cryoves-app"):
        work()


@pytest.mark.parametrize(("name", "work"), _NEEDS, ids=_NAMES)
def test_a_library_for_which_there_is_no_room_is_not(
    name: str, work: Callable[[], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if name == "dask_jobqueue" and not find_spec("dask"):
        pytest.skip("dask, which is asked for before, is not installed")
    (tmp_path / f"{name}.py").write_text(f"raise ImportError({_NO_ROOM!r})")
    _forget(name, monkeypatch)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ImportError) as failure:
        work()
    assert is_shortage(failure.value)

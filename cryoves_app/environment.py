"""What the libraries beneath the program have to know before the first of them is imported.

Importing the package calls ``keep_to_ourselves``, so that it holds in every process and for every library:
window, command line, worker, frozen program, tests.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder

from cryoves_app.domain.folders import cache_folder
from cryoves_app.domain.shortage import has_room, limit_bytes

#: Caches that libraries would put into the user's home folder, by the variable that moves them.
_CACHES = {"MPLCONFIGDIR": "matplotlib", "KERAS_HOME": "keras"}

#: Packages with an OpenBLAS of their own, and the module that has loaded it; what the library and its buffer map.
_BRING_OPENBLAS = {"numpy": "numpy._core._multiarray_umath", "scipy": "scipy.linalg._fblas"}
_OPENBLAS_BYTES, _LIBRARY_BYTES = 100 << 20, 24 << 20
#: They tell what is wrong.
_OURS_OR_PYTHONS = sys.stdlib_module_names | {"cryoves_app"}

#: What belongs to us, whatever other programs have set for themselves.
_OURS = {
    "PYQTGRAPH_QT_LIB": "PySide6",
    "QT_API": "pyside6",
    "MPLBACKEND": "agg",
    "TF_USE_LEGACY_KERAS": "0",
    # Matrices and vectors are small here: what several threads would save, they spend on waiting for each other.
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


class _RoomForLibraries(MetaPathFinder):
    """Refuses modules of libraries while there still is room to tell of it and to clear up.

    SciPy's OpenBLAS would ask for the room of its buffer for ever, NumPy's would end the process at once. And where
    Python itself has no room for a number, it may try for ever to raise the error.
    """

    def find_spec(self, name: str, *_rest: object) -> None:
        package = name.partition(".")[0]
        if package in _OURS_OR_PYTHONS:
            return
        loaded = _BRING_OPENBLAS.get(package)
        brings_openblas = loaded is not None and loaded not in sys.modules
        if not (has_room(_OPENBLAS_BYTES) if brings_openblas else has_room(_LIBRARY_BYTES, in_pieces=True)):
            raise MemoryError(f"{name} does not fit into the memory that this process may have")


def keep_to_ourselves() -> None:
    """Let no library tell anybody about its use, nor write into the home folder.

    ONNX Runtime sends events to a statistics host unless the variable stands before it is loaded; OpenVINO
    counts imports through a package of its own, and does without where that cannot be imported. joblib, which comes
    with training where it is installed, tries semaphores in shared memory unless told to do without processes.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ["JOBLIB_MULTIPROCESSING"] = "0"
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    for variable, name in _CACHES.items():
        os.environ.setdefault(variable, str(cache_folder() / name))
    if limit_bytes() is not None and not any(isinstance(f, _RoomForLibraries) for f in sys.meta_path):
        sys.meta_path.insert(0, _RoomForLibraries())


def choose_libraries() -> None:
    """Decide which bindings and backends this process uses; for processes that are the program's own."""
    os.environ.update(_OURS)


def keep_shaders() -> None:
    """Let Mesa's drivers keep compiled shaders in our folder; for processes that draw, before they do.

    Mesa makes no folders above its own, and tells so on standard error.
    """
    folder = cache_folder() / "mesa"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("MESA_SHADER_CACHE_DIR", str(folder))

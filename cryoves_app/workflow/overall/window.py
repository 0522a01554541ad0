"""The window's latencies, measured by a window in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Mapping

from cryoves_app.domain.program import own_command, own_environment
from cryoves_app.storage.temporary import local_folder

#: Of ``cryoves window``.
OPTION = "--latencies"
_LIMIT_SECONDS = 300.0
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def window_latencies() -> Mapping[str, float]:
    """Milliseconds by what is done; none where no window is installed, or it does not open."""
    if importlib.util.find_spec("PySide6") is None:
        return {}
    with local_folder() as folder:
        screen = {} if any(map(os.environ.get, _SCREENS)) else {"QT_QPA_PLATFORM": "offscreen"}
        env = {**own_environment(), **screen, "CRYOVES_DATA": str(folder.path)}
        try:
            done = subprocess.run(
                [*own_command(), "window", OPTION],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_LIMIT_SECONDS,
                env=env,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return {}
    return _numbers(done.stdout) if done.returncode == 0 else {}


def _numbers(answer: bytes) -> Mapping[str, float]:
    try:
        found = json.loads(answer)
    except ValueError:
        return {}
    return {str(what): float(value) for what, value in found.items()} if isinstance(found, dict) else {}

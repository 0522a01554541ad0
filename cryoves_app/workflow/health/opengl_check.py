"""OpenGL for the 3-D view, asked by a process of its own: a broken driver may take that one along."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping

from cryoves_app.domain.program import own_command, own_environment

#: What the shaders of the 3-D view need.
NEEDED = (2, 1)

#: How drivers call themselves that let the processor draw.
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "gdi generic", "basic render")
_SECONDS = 60


def ask_opengl() -> dict[str, str] | None:
    """``version`` and ``renderer``; empty where there is no OpenGL, none where it could not be tried."""
    try:
        answer = subprocess.run(
            [*own_command(), "window", "--opengl"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=own_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    if (
        answer.returncode == 1
    ):  # it ended by itself with a sentence: no display, or the window is not installed
        return None
    return _parsed(answer.stdout)


def _parsed(text: str) -> dict[str, str]:
    try:
        answer = json.loads(text)
    except ValueError:  # a crash says nothing
        return {}
    return answer if isinstance(answer, dict) else {}


def opengl_sentence(answer: Mapping[str, str] | None) -> str:
    """What the answer means for the user."""
    if answer is None:
        return "Not tried: there is no display here, or the window is not installed."
    renderer = answer.get("renderer", "")
    if not renderer:
        return "OpenGL is missing, so there is no 3-D view; everything else works. A newer graphics driver may help."
    told = f"OpenGL {answer['version']}, {renderer}"
    if not is_enough(answer):
        return f"{told}: too old, so there is no 3-D view; everything else works. A newer graphics driver may help."
    if draws_in_software(answer):
        return f"{told}: the processor draws, so the 3-D view works but may be slow."
    return f"{told}: the 3-D view works."


def is_enough(answer: Mapping[str, str]) -> bool:
    """Whether the 3-D view can be drawn with it."""
    found = re.search(r"(\d+)\.(\d+)", answer.get("version", ""))
    return found is not None and (int(found.group(1)), int(found.group(2))) >= NEEDED


def draws_in_software(answer: Mapping[str, str]) -> bool:
    return any(name in answer.get("renderer", "").lower() for name in _SOFTWARE)

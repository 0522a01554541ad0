"""The language that the program and its worker process speak: one JSON object per line.

To the worker: ``{"do": "run", "id": 1, "kind": "segment", "params": {…}}`` and ``{"do": "cancel", "id": 1}``.
From the worker: ``ready``, ``progress``, ``step``, ``spheres``, ``note``, ``scratch``,
``made_folder``, ``done`` and ``failed`` events, each
``{"event": …, "id": …, …}``. Numpy numbers are not part of the language; senders turn them into plain ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress

Message = dict[str, Any]


def encode(message: Mapping[str, Any]) -> str:
    """One line."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")) + "\n"


def decode(line: str) -> Message | None:
    """The message of a line; ``None`` where it isn't one."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _nobody(event: Message) -> None:
    """Where nobody listens."""


@dataclass(frozen=True)
class JobContext:
    """What a job in the worker is given besides its parameters."""

    progress: Progress = field(default_factory=Progress)
    emit: Callable[[Message], None] = _nobody

    def step(self, report: Mapping[str, Any]) -> None:
        """A step of the job is finished."""
        self.emit({"event": "step", **report})

    def spheres(self, step: str, spheres: Sequence[Sphere]) -> None:
        """The spheres as they stand after a step, for those who watch."""
        self.emit({"event": "spheres", "step": step, "spheres": [astuple(s) for s in spheres]})

    def note(self, sentence: str) -> None:
        """Something that the user should read now, not at the end."""
        self.emit({"event": "note", "sentence": sentence})

    def scratch(self, path: Path) -> None:
        """A file or folder to remove should this process die before the job's end."""
        self.emit({"event": "scratch", "path": str(path)})

    def made_folder(self, path: Path) -> None:
        """A folder to remove should this process die and leave it empty; innermost first."""
        self.emit({"event": "made_folder", "path": str(path)})


#: A job: parameters and context in, plain result out.
Job = Callable[[Mapping[str, Any], JobContext], Mapping[str, Any]]

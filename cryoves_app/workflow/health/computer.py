"""Check this computer: what it has, whether that is enough, and what to do where it isn't. In plain words."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from cryoves_app import __version__
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.folders import cache_folder, data_folder, log_folder, settings_folder
from cryoves_app.domain.wording import bytes_in_words
from cryoves_app.network.model_store import models_folder
from cryoves_app.workflow.health.graphics_cards import graphics_cards
from cryoves_app.workflow.health.opengl_check import ask_opengl, draws_in_software, is_enough, opengl_sentence
from cryoves_app.workflow.health.order import CheckOrder, EnginesFound
from cryoves_app.workflow.jobs.supervisor import WorkerProcess

#: Memory of a run besides the tomogram, and what a tomogram of one byte as float32 adds; bytes.
RUN_BYTES, PER_BYTE = 1.3e9, 1.5
LITTLE_DISK_BYTES = 5e9

_SIMD_NAMES = {
    "AVX2": "AVX2", "X86_V3": "AVX2", "AVX512F": "AVX-512", "AVX512_SKX": "AVX-512", "X86_V4": "AVX-512",
    "NEON": "NEON", "ASIMD": "NEON",
}  # fmt: skip


class Verdict(StrEnum):
    """How good a finding is."""

    GOOD = "good"
    HINT = "hint"
    PROBLEM = "problem"


@dataclass(frozen=True)
class ComputerFinding:
    """One line of the check: a topic, and a sentence for the user."""

    topic: str
    sentence: str
    verdict: Verdict = Verdict.GOOD


def check_computer(
    engine: str = "auto", device: str = "auto", threads: int = 2, precision: str = "auto"
) -> list[ComputerFinding]:
    """Everything that can be found out without a window; takes a few seconds."""
    return [*check_system(), opengl_finding(ask_opengl()), *check_engines(engine, device, threads, precision)]


def check_system() -> list[ComputerFinding]:
    """The computer itself; nothing of this can crash or takes long."""
    checks: tuple[Callable[[], ComputerFinding], ...] = (
        _program,
        _system,
        _processor,
        _memory,
        _disk,
        _folders,
        _graphics,
    )
    return [check() for check in checks]


def opengl_finding(answer: Mapping[str, str] | None) -> ComputerFinding:
    """What OpenGL (``version`` and ``renderer``) means for the 3-D view."""
    good = answer is None or (is_enough(answer) and not draws_in_software(answer))
    return ComputerFinding("3-D view", opengl_sentence(answer), Verdict.GOOD if good else Verdict.HINT)


def check_engines(
    engine: str = "auto", device: str = "auto", threads: int = 2, precision: str = "auto"
) -> list[ComputerFinding]:
    """The engines, tried in a worker process; a crash there becomes a finding."""
    with WorkerProcess(threads) as worker:
        try:
            answer = worker.run(CheckOrder(engine, device, threads, precision))
        except CryoVesError as error:
            return [ComputerFinding("Network", f"The network cannot run here: {error}", Verdict.PROBLEM)]
    return _engine_findings(answer)


def report(findings: list[ComputerFinding]) -> str:
    """The findings as text, to be shown or copied into a message to someone who helps."""
    marks = {Verdict.GOOD: " ", Verdict.HINT: "·", Verdict.PROBLEM: "!"}
    width = max(len(f.topic) for f in findings)
    return "\n".join(f"{marks[f.verdict]} {f.topic.ljust(width)}  {f.sentence}" for f in findings)


def _program() -> ComputerFinding:
    kind = "installed program" if getattr(sys, "frozen", False) else f"Python {platform.python_version()}"
    return ComputerFinding("Program", f"CryoVes {__version__}, {kind}.")


def _system() -> ComputerFinding:
    return ComputerFinding("System", f"{_system_name()}, {platform.machine()}.")


def machine_in_words() -> str:
    """The computer in one line, for tables of times."""
    cores, memory = os.cpu_count() or 1, bytes_in_words(psutil.virtual_memory().total)
    return f"{_processor_name()}, {cores} threads, {memory} of memory, {_system_name()}."


def _system_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):  # not Linux
        return platform.platform(terse=True)


def _processor() -> ComputerFinding:
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    abilities = _instruction_sets()
    text = f"{_processor_name()}, {cores} core{'s' if cores > 1 else ''}"
    if abilities:
        return ComputerFinding("Processor", f"{text}, {' and '.join(abilities)}.")
    return ComputerFinding(
        "Processor", f"{text}, without AVX2: the network will be several times slower.", Verdict.HINT
    )


def _processor_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        return next(names, platform.machine())
    return platform.processor() or platform.machine()


def _instruction_sets() -> list[str]:
    known: Any = np.show_config(mode="dicts")
    extensions = known.get("SIMD Extensions", {})
    names = [*extensions.get("baseline", []), *extensions.get("found", [])]
    return sorted({_SIMD_NAMES[name] for name in names if name in _SIMD_NAMES})


def _memory() -> ComputerFinding:
    memory = psutil.virtual_memory()
    return memory_finding(memory.total, memory.available)


def memory_finding(total: int, available: int) -> ComputerFinding:
    """How large a tomogram fits into the memory that is free now."""
    text = f"{bytes_in_words(total)}, of which {bytes_in_words(available)} are free"
    room = (available - RUN_BYTES) / PER_BYTE
    if room <= 0:
        return ComputerFinding(
            "Memory", f"{text}: too little for a run; close other programs.", Verdict.PROBLEM
        )
    edge = int((room / 4 / 300) ** 0.5 // 100 * 100)
    if edge < 1000:
        sentence = f"{text}: enough for tomograms up to 300×{edge}×{edge} voxels."
        return ComputerFinding("Memory", sentence, Verdict.HINT)
    return ComputerFinding("Memory", f"{text}: enough for the usual tomograms.")


def _disk() -> ComputerFinding:
    places = {
        Path(tempfile.gettempdir()): "temporary files",
        _existing(models_folder()): "projects and models",
    }
    free = {name: shutil.disk_usage(path).free for path, name in places.items()}
    return disk_finding(free)


def disk_finding(free: dict[str, int]) -> ComputerFinding:
    """Whether the disks have room for temporary files and projects."""
    text = ", ".join(f"{bytes_in_words(count)} free for {name}" for name, count in free.items())
    if min(free.values()) < LITTLE_DISK_BYTES:
        return ComputerFinding("Disk", f"{text}: little; a large tomogram needs 5 GB.", Verdict.PROBLEM)
    return ComputerFinding("Disk", f"{text}.")


def _folders() -> ComputerFinding:
    """All places that the program writes to without being told to."""
    places = {
        "projects and models": data_folder(),
        "settings": settings_folder(),
        "log": log_folder(),
        "caches": cache_folder(),
        "temporary files": Path(tempfile.gettempdir()),
    }
    text = "; ".join(f"{name}: {path}" for name, path in places.items())
    return ComputerFinding(
        "Folders", f"{text}. Graphics drivers and the system's fonts have caches of their own."
    )


def _existing(path: Path) -> Path:
    return next(p for p in (path, *path.parents) if p.exists())


def _graphics() -> ComputerFinding:
    cards = graphics_cards()
    if not cards:
        return ComputerFinding("Graphics card", "None was found; none is needed.")
    return ComputerFinding("Graphics card", "; ".join(cards) + ".")


def _engine_findings(answer: EnginesFound) -> list[ComputerFinding]:
    device = "the processor" if answer.device == "cpu" else f"the graphics card ({answer.device})"
    return [
        ComputerFinding("Engines", "; ".join(answer.engines) + "."),
        ComputerFinding(
            "Network",
            f"{answer.used} on {device} will be used. {answer.why}",
            Verdict.HINT if answer.fell_back else Verdict.GOOD,
        ),
        ComputerFinding("Speed", answer.sentence, Verdict.HINT if answer.seconds > 600 else Verdict.GOOD),
    ]

"""The faults: what is done to the program while it works, and what must hold afterwards."""

from __future__ import annotations

import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.faults.judge import (
    remember_inputs,
    run_again,
    settle,
    what_is_left,
    what_is_lost,
    what_was_said,
)
from tests.faults.place import Ended, Place, finish, signal_group, start
from tests.faults.works import Work

#: Killed runs in a row before one is let to its end.
_KILLS_BEFORE_A_RUN = 6
#: How the program tells of want of memory.
_SHORTAGE = re.compile("not enough memory|ran out of memory|want of memory|memory ran out")
_MB = 1 << 20


@dataclass
class Hurt:
    """One run that is being hurt."""

    place: Place
    work: Work
    rng: random.Random
    number: int
    times: int
    inputs: dict[Path, bytes] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Where this one stands among all of its kind, from 0 to 1."""
        return self.number / max(self.times - 1, 1)

    def command(self) -> list[str]:
        """Over finished results, or what is left of them, or into nothing."""
        return self.work.command(
            self.place, self.work.anew if _has_results(self) else self.work.again(self.place)
        )

    def moment(self) -> float:
        return self.rng.uniform(0.05, 1.1) * self.place.seconds

    def judged(self, ended: Ended) -> list[str]:
        """What is wrong after a process that ended by itself."""
        lost = what_is_lost(self.place, self.work, self.inputs)
        return [*what_was_said(ended), *lost, *what_is_left(self.place)]


@dataclass(frozen=True)
class Fault:
    """How the program is hurt; ``hurt`` tells what was lost or said wrongly."""

    name: str
    what: str
    hurt: Callable[[Hurt], list[str]]
    works: tuple[str, ...]
    times: int


def begin(work: Work, place: Place) -> list[str]:
    """The inputs, and a run that nobody hurts."""
    work.prepare(place.inputs)
    start_s = time.monotonic()
    ended = finish(start(work.command(place, ()), place, place.environment("count")))
    place.seconds = time.monotonic() - start_s
    place.changes = place.counter.stat().st_size
    settle(place, work)
    wrong = [*what_was_said(ended), *what_is_lost(place, work, {}), *what_is_left(place)]
    return wrong if ended.code == 0 else [*wrong, f"exit code {ended.code}: {ended.last_words}"]


def _has_results(hurt: Hurt) -> bool:
    folder = hurt.work.folder(hurt.place)
    return folder.is_dir() and any(folder.iterdir())


def kill(hurt: Hurt) -> list[str]:
    """All processes of a run at once: at a moment, or at a change to a file."""
    if hurt.rng.random() < 0.5:
        return kill_at(hurt, hurt.rng.randint(1, max(hurt.place.changes, 1)))
    process = start(hurt.command(), hurt.place)
    with suppress(subprocess.TimeoutExpired):
        process.wait(hurt.moment())
    signal_group(process, signal.SIGKILL)
    return _judged_killed(hurt, finish(process))


def kill_at(hurt: Hurt, change: int) -> list[str]:
    """All processes of a run, just before a change to a file."""
    hurt.place.counter.unlink(missing_ok=True)
    ended = finish(start(hurt.command(), hurt.place, hurt.place.environment(f"kill {change}")))
    return _judged_killed(hurt, ended)


def _judged_killed(hurt: Hurt, ended: Ended) -> list[str]:
    wrong = [] if ended.code in (0, 1, -signal.SIGKILL) else [f"exit code {ended.code}"]
    return wrong + what_is_lost(hurt.place, hurt.work, hurt.inputs)


def kill_worker(hurt: Hurt) -> list[str]:
    """The process that computes, as a system does that is short of memory."""
    process = start(hurt.command(), hurt.place)
    with suppress(subprocess.TimeoutExpired):
        process.wait(hurt.moment())
    with suppress(psutil.Error):
        for child in psutil.Process(process.pid).children():
            child.kill()
    return hurt.judged(finish(process))


def _told(number: str) -> Callable[[Hurt], list[str]]:
    def tell(hurt: Hurt) -> list[str]:
        process = start(hurt.command(), hurt.place)
        with suppress(subprocess.TimeoutExpired):
            process.wait(hurt.moment())
        signal_group(process, getattr(signal, number))
        ended = finish(process)
        if ended.code == -getattr(signal, number):  # while Python itself was starting
            ended = Ended(1, ended.said, "Stopped.")
        return hurt.judged(ended)

    return tell


def change_input(change: Callable[[Path], None]) -> Callable[[Hurt], list[str]]:
    """Another program does something to an input during the work."""

    def hurt_input(hurt: Hurt) -> list[str]:
        files = [p for p in hurt.inputs if p.suffix in (".mrc", ".cryoves", ".h5")]
        victim = hurt.rng.choice(files)
        whole, aside, times = victim.read_bytes(), hurt.place.folder / "aside", victim.stat()
        process = start(hurt.command(), hurt.place)
        with suppress(subprocess.TimeoutExpired):
            process.wait(hurt.moment())
        change(victim)
        ended = finish(process)
        aside.write_bytes(whole)
        os.utime(aside, ns=(times.st_atime_ns, times.st_mtime_ns))
        aside.replace(victim)
        return hurt.judged(ended)

    return hurt_input


def _shrink(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def _overwrite(path: Path) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[:1024] + raw[1024:][::-1])


def full_disk(hurt: Hurt) -> list[str]:
    """With ever more room from one time to the next, so that each write is once the one that fails."""
    place = hurt.place
    free = round(hurt.share * 1.2 * _need(place)) & ~4095
    others = place.folder / "others"
    room = shutil.disk_usage(place.folder).free - free
    others.write_bytes(bytes(max(room, 0)))
    ended = finish(start(hurt.command(), place))
    others.unlink()
    return hurt.judged(ended)


def _need(place: Place) -> int:
    """Twice what the results hold, and as much again for what is written on the way."""
    return 3 * sum(
        p.stat().st_size for p in (place.folder).rglob("*") if p.is_file() and place.inputs not in p.parents
    )


def read_only(hurt: Hurt) -> list[str]:
    """The results' folder, the temporary one, or the program's own cannot be written to."""
    place = hurt.place
    folders = [p for p in (place.out, place.tmp, place.data) if p.exists()]
    closed = folders[hurt.number % len(folders)]
    known = {p: p.stat().st_mode for p in (closed, *closed.rglob("*")) if p.is_dir()}
    for path in known:
        path.chmod(0o500)
    try:
        ended = finish(start([*_bound(), *hurt.command()], place))
    finally:
        for path, mode in known.items():
            path.chmod(mode)
    return hurt.judged(ended)


def _bound() -> list[str]:
    """Rights bind the administrator only without this privilege."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def together(hurt: Hurt) -> list[str]:
    """A second process does the same at the same time."""
    first = start(hurt.command(), hurt.place)
    with suppress(subprocess.TimeoutExpired):
        first.wait(hurt.moment() / 2)
    both = [first, start(hurt.command(), hurt.place)]
    ended = [finish(process) for process in both]
    wrong = [w for one in ended for w in what_was_said(one)]
    if all(one.code for one in ended):
        wrong.append(f"none of two came to an end: {ended[0].last_words[:100]} | {ended[1].last_words[:100]}")
    return [*wrong, *what_is_lost(hurt.place, hurt.work, hurt.inputs), *what_is_left(hurt.place)]


def clock(hurt: Hurt) -> list[str]:
    """All files are of the future, and during the run the clock is set back by ten years."""
    place = hurt.place
    ahead = time.time() + 365 * 86400
    for path in place.folder.rglob("*"):
        os.utime(path, (ahead, ahead))
    place.counter.unlink(missing_ok=True)
    settle(place, hurt.work)
    return hurt.judged(finish(start(hurt.command(), place, place.environment("clock"))))


_REDIRECTIONS = ("2>&1 | head -n 1", "2>/dev/full", ">/dev/full", ">&-", "2>&-", "<&-", ">&- 2>&- <&-")


def streams(hurt: Hurt) -> list[str]:
    """Standard streams that are closed, full, or no longer read."""
    code = hurt.place.home / "code"
    words = shlex.join(hurt.command())
    redirection = _REDIRECTIONS[hurt.number % len(_REDIRECTIONS)]
    script = f"{{ {words}; echo $? > {shlex.quote(str(code))}; }} {redirection}"
    ended = finish(start(["sh", "-c", script], hurt.place))
    own = Ended(int(code.read_text()), ended.said, ended.errors)
    return hurt.judged(own) + ([f"exit code {own.code} with {redirection}"] if own.code else [])


_XDG = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")


def no_home(hurt: Hurt) -> list[str]:
    """No HOME, one that is not there, a file, one that cannot be written to, and one with an odd name."""
    place = hurt.place
    env = {name: value for name, value in place.environment().items() if name not in ("CRYOVES_DATA", "HOME")}
    odd, locked = place.folder / "ho me ünï ç {x}", place.folder / "locked"
    odd.mkdir(exist_ok=True)
    locked.mkdir(exist_ok=True, mode=0o500)
    homes: Sequence[dict[str, str]] = (
        {name: str(place.home / name) for name in _XDG},
        {"HOME": str(place.folder / "absent" / "x")},
        {"HOME": os.devnull},
        {"HOME": str(locked)},
        {"HOME": str(odd)},
        {"HOME": ""},
    )
    own = env | homes[hurt.number % len(homes)]
    return hurt.judged(finish(start([*_bound(), *hurt.command()], place, own)))


def memory(hurt: Hurt) -> list[str]:
    """Ever more address space, from too little for the libraries to enough."""
    limit = round((0.25 + 3.5 * hurt.share) * 1024) * _MB
    ended = finish(start(hurt.command(), hurt.place, hurt.place.environment(f"memory {limit}")))
    return hurt.judged(ended) + _unless_told_as_shortage(ended)


def _unless_told_as_shortage(ended: Ended) -> list[str]:
    if ended.code == 0 or _SHORTAGE.search(ended.errors):
        return []
    return [f"want of memory was told as “{ended.last_words[:160]}”"]


_COMPUTING = ("segment", "batch", "train")
_ALL = (*_COMPUTING, "export", "model-import")
FAULTS = (
    Fault("kill", "SIGKILL to all processes at any moment", kill, _ALL, 60),
    Fault("kill-worker", "SIGKILL to the worker", kill_worker, _COMPUTING, 12),
    Fault("terminate", "SIGTERM to all processes", _told("SIGTERM"), _ALL, 20),
    Fault("hang-up", "SIGHUP to all processes", _told("SIGHUP"), _ALL, 20),
    Fault("full-disk", "no more room, from nothing to enough", full_disk, _ALL, 40),
    Fault("read-only", "folders without the right to write", read_only, _ALL, 15),
    Fault("vanish", "an input is removed", change_input(Path.unlink), _ALL, 20),
    Fault("shrink", "an input is cut short", change_input(_shrink), _ALL, 20),
    Fault("change", "an input is overwritten", change_input(_overwrite), _ALL, 20),
    Fault("together", "two processes do the same", together, _ALL, 10),
    Fault("clock", "files of the future, clock set back", clock, _ALL, 10),
    Fault("streams", "standard streams closed or full", streams, _ALL, 35),
    Fault("no-home", "HOME absent, odd or locked", no_home, _ALL, 30),
    Fault("memory", "a limit of address space", memory, _ALL, 30),
)


def hurt_often(fault: Fault, work: Work, place: Place, times: int, rng: random.Random) -> list[str]:
    """Hurt a work so many times in one place; what was lost or said wrongly."""
    wrong = begin(work, place)
    for number in range(times):
        hurt = Hurt(place, work, rng, number, times, remember_inputs(place))
        try:
            wrong += fault.hurt(hurt)
        except TimeoutError as error:
            wrong.append(str(error))
        if fault.hurt is not kill or number % _KILLS_BEFORE_A_RUN == 0 or number == times - 1:
            wrong += run_again(place, work)
            settle(place, work)
    return wrong


if sys.platform == "win32":
    raise ImportError("faults are made with signals of Unix")

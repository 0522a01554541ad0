"""Runs the program as a new user would, and tells whom it talked to and where it wrote."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.cli.program import command, environment

GUARD = Path(__file__).parent / "guard"
_CALLS = (
    "connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat"
)
_TALK = re.compile(r"(connect|sendto|sendmsg|sendmmsg)\(.*(sa_family=AF_INET|<(TCP|UDP))")
_PATH = re.compile(r'(?:(?P<folder><[^>]*>), )?"(?P<path>[^"]*)"')
_FOR_WRITING = re.compile("O_(WRONLY|RDWR|CREAT)")
_OF_THE_SYSTEM = re.compile(
    r"/dev/(null|tty|dri/.*)|/proc/.*|/sys/.*"
    r"|.*/(\.cache|var/cache)/fontconfig(/.*)?"  # the first process that draws text anywhere lists the fonts
)


@dataclass
class Watched:
    """One run in a folder of its own, and what was seen of it."""

    folder: Path
    talks: set[str] = field(default_factory=set)
    written: set[Path] = field(default_factory=set)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def own(self) -> tuple[Path, ...]:
        """Where the program may write: its folders, the temporary one, and what the user named."""
        kinds = (".cache", ".config", ".local/share", ".local/state")
        own = [self.home / kind / "cryoves" for kind in kinds]
        return (*own, self.folder / "tmp", self.folder / "out")

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """The program under watch; it is given its own home and no variable that moves folders."""
        for name in ("home", "tmp", "notes"):
            (self.folder / name).mkdir()
        return subprocess.Popen(
            [*self._tracer(), *command(*arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=self._environment(),
            cwd=self.folder / "tmp",
        )

    def terminate(self, process: subprocess.Popen[str]) -> None:
        """Ask the program itself to end, and not who watches it."""
        started = psutil.Process(process.pid)
        (started.children()[0] if self._tracer() else started).terminate()

    def end(self, process: subprocess.Popen[str], codes: tuple[int, ...] = (0,)) -> str:
        """Wait, check that it ended as it may, and read the notes; what it said."""
        said, errors = process.communicate(timeout=240)
        assert process.returncode in codes, said + errors
        for notes in (self.folder / "notes").iterdir():
            heed = self._heed_guard if notes.suffix == ".log" else self._heed_trace
            for line in notes.read_text(encoding="utf-8", errors="replace").splitlines():
                heed(line)
        return said

    def strangers(self) -> set[str]:
        """What was written anywhere else; folders above our own may have had to be made."""
        return {str(path) for path in self.written if not self._is_ours(path)}

    def _is_ours(self, path: Path) -> bool:
        return (
            any(own == path or own in path.parents or path in own.parents for own in self.own)
            or self.folder / "notes" in path.parents
            or _OF_THE_SYSTEM.fullmatch(str(path)) is not None
        )

    def _tracer(self) -> list[str]:
        if not strace_works():
            return []
        notes = str(self.folder / "notes" / "trace.txt")
        return [
            "strace",
            "-f",
            "-qq",
            "-yy",
            "-s",
            "256",
            "--seccomp-bpf",
            "-o",
            notes,
            "-e",
            f"trace={_CALLS}",
        ]

    def _environment(self) -> dict[str, str]:
        moved = (
            "CRYOVES_DATA",
            "MPLCONFIGDIR",
            "KERAS_HOME",
            "MESA_SHADER_CACHE_DIR",
            "ORT_DISABLE_TELEMETRY",
            "JOBLIB_MULTIPROCESSING",
        )
        plain = {
            name: value
            for name, value in environment().items()
            if name not in moved and not name.startswith("XDG_")
        }
        places = {"HOME": self.home, "TMPDIR": self.folder / "tmp", "CRYOVES_GUARD": self.folder / "notes"}
        screen = {} if plain.get("DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
        path = os.pathsep.join([str(GUARD), plain["PYTHONPATH"]])
        more = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **{k: str(v) for k, v in places.items()}}
        return {**plain, **screen, **more}

    def _heed_guard(self, line: str) -> None:
        kind, _, what = line.partition(" ")
        if kind == "talk":
            self.talks.add(what)
        else:
            self.written.add(Path(os.path.normpath(what)))

    def _heed_trace(self, line: str) -> None:
        if _TALK.search(line):
            self.talks.add(line)
        call = line.split("(")[0].split()[-1]
        if " = -1 E" in line or call.startswith(("connect", "send")):
            return
        if call in ("open", "openat") and not _FOR_WRITING.search(line):
            return
        for found in _PATH.finditer(line):
            folder = (found["folder"] or "</>")[1:-1]
            self.written.add(Path(os.path.normpath(Path(folder, found["path"]))))


@functools.cache
def strace_works() -> bool:
    """Whether there is an strace here that may trace."""
    if sys.platform != "linux" or shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-f", "-qq", "--seccomp-bpf", "true"], check=False, capture_output=True)
    return tried.returncode == 0

"""Many actions in a project of many vesicles: how long they take, undoing them all, and opening the project again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cryoves_app.formats.project.project_file import read_project
from cryoves_app.workflow.project.session import Session
from tests.load.measure import MB, memory_mb
from tests.workflow.edits import EDITS, project, seen

#: What people do thousands of times; runs and merges they do now and then.
_OFTEN = ("accept", "reject", "restore", "review", "tag", "move", "resize", "add")
Row = tuple[str, str]


class Stopwatch:
    """Seconds by name, and those of the processor, which do not count what else the computer does."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor: dict[str, float] = {}

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        start, computed = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = time.perf_counter() - start
        self.processor[name] = time.process_time() - computed

    def words(self, name: str) -> str:
        return f"{self.seconds[name]:.1f} s, {self.processor[name]:.1f} of the processor"


def load_edits(
    folder: Path, vesicles: int, actions: int, seed: int = 0, *, safely: bool = False
) -> list[Row]:
    """What was measured; raises ``AssertionError`` where something is not as it was.

    ``safely`` waits for the disk after each action, as the program does.
    """
    rng, watch, home = random.Random(seed), Stopwatch(), folder / "load.cryoves"
    session = Session.create(project(seed, vesicles), home)
    if not safely:
        session._file._connection.execute("PRAGMA synchronous = OFF")
    start = seen(session.project)
    before = memory_mb(collect=True)
    with watch.time("actions"):
        for _ in range(actions):
            session.do(EDITS[rng.choice(_OFTEN)](rng, session.project))
    after, last = memory_mb(collect=True), seen(session.project)
    with watch.time("save"):
        session.save()
    session.close()
    with watch.time("open"):
        session = Session.open(home)
    assert seen(session.project) == last
    session._file._connection.execute("PRAGMA synchronous = OFF")
    with watch.time("undo all"):
        while session.can_undo:
            session.undo()
    assert seen(session.project) == start
    with watch.time("redo all"):
        session.go_to(len(session.steps))
    assert seen(session.project) == last
    session.discard()
    assert seen(replace(read_project(home))) == last
    return _rows(watch, actions, home, after - before)


def _rows(watch: Stopwatch, actions: int, home: Path, grown: float) -> list[Row]:
    each = 1000 * watch.processor["actions"] / max(actions, 1)
    return [
        ("actions", f"{actions} in {watch.words('actions')}, {each:.1f} ms each"),
        ("memory for the history", f"{grown:.0f} MB, {grown / max(actions, 1) * 1000:.2f} MB per 1 000"),
        ("file", f"{home.stat().st_size / MB:.1f} MB"),
        *((name, watch.words(name)) for name in ("save", "open", "undo all", "redo all")),
    ]

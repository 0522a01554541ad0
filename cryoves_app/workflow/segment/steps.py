"""What each step of a run did: counts before and after, times, whether it was taken from the cache."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from cryoves_app.domain.progress import Progress


@dataclass(frozen=True)
class StepReport:
    """One finished step. ``before`` and ``after`` count segments or vesicles; ``None`` where nothing is counted."""

    name: str
    before: int | None = None
    after: int | None = None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    cached: bool = False
    note: str = ""

    def plain(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class OpenStep:
    """A step that is being computed; the code inside fills in what it counted."""

    before: int | None = None
    after: int | None = None
    note: str = ""


@dataclass
class StepLog:
    """Collects reports and passes each on as soon as it is there."""

    progress: Progress
    on_step: Callable[[StepReport], None]
    steps: list[StepReport] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, *, cached: bool = False, before: int | None = None) -> Iterator[OpenStep]:
        self.progress.start(name)
        wall, cpu = time.perf_counter(), time.process_time()
        current = OpenStep(before)
        yield current
        self._add(
            StepReport(
                name,
                current.before,
                current.after,
                time.perf_counter() - wall,
                time.process_time() - cpu,
                cached,
                current.note,
            )
        )

    def add_all(self, steps: Sequence[Mapping[str, Any]], *, cached: bool) -> None:
        """Reports that were made elsewhere, as plain values."""
        for step in steps:
            self._add(StepReport(**{**step, "cached": cached}))

    def _add(self, report: StepReport) -> None:
        self.steps.append(report)
        self.on_step(report)

"""What each step of a run did: counts before and after, times, whether it was taken from the cache."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cryoves_app.domain.progress import Progress
from cryoves_app.domain.run_steps import NetworkMap, StepReport


@dataclass
class OpenStep:
    """A step that is being computed; the code inside fills in what it counted."""

    before: int | None = None
    after: int | None = None
    note: str = ""
    engine: str = ""
    device: str = ""
    map: NetworkMap | None = None
    cached: bool = False


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
        current = OpenStep(before, cached=cached)
        yield current
        self._add(
            StepReport(
                name,
                wall_s=time.perf_counter() - wall,
                cpu_s=time.process_time() - cpu,
                **vars(current),
            )
        )

    def add_all(self, steps: Iterable[StepReport], *, cached: bool) -> None:
        """Reports that were made elsewhere."""
        for step in steps:
            self._add(replace(step, cached=cached))

    def _add(self, report: StepReport) -> None:
        self.steps.append(report)
        self.on_step(report)

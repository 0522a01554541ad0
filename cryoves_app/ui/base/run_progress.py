"""How far a run is, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass, field

#: The pipeline's steps with what they say to a user, and their share of the time (the network is nearly all of it).
STEPS: dict[str, tuple[str, float]] = {
    "rescale": ("Rescale", 4.0),
    "network": ("Network", 70.0),
    "threshold": ("Threshold", 3.0),
    "split": ("Separate touching", 2.0),
    "expand": ("Complete small ones", 2.0),
    "remove": ("Leave out fragments", 1.0),
    "fit": ("Fit spheres", 10.0),
    "again": ("Search again", 4.0),
    "features": ("Measure", 2.0),
    "refit": ("Fit doubtful again", 1.0),
    "duplicates": ("Remove duplicates", 1.0),
    "outliers": ("Find outliers", 1.0),
    "overlap": ("Resolve overlaps", 1.0),
    "scales": ("Try other voxel sizes", 1.0),
}
_WHOLE = sum(share for _, share in STEPS.values())
#: Nothing is said about the time left before this much is done.
EARLIEST = 0.02


@dataclass
class RunProgress:
    """Turns reports about steps into one fraction and a time left."""

    started_at: float
    done: dict[str, float] = field(default_factory=dict)
    step: str = ""
    fraction_of_step: float = 0.0

    def report(self, step: str, fraction: float) -> None:
        self.step, self.fraction_of_step = step, fraction

    def finish(self, step: str, seconds: float) -> None:
        self.done[step] = seconds
        if self.step == step:
            self.fraction_of_step = 0.0

    @property
    def fraction(self) -> float:
        finished = sum(share for name, (_, share) in STEPS.items() if name in self.done)
        now = (
            STEPS[self.step][1] * self.fraction_of_step
            if self.step in STEPS and self.step not in self.done
            else 0.0
        )
        return min((finished + now) / _WHOLE, 1.0)

    def seconds_left(self, now: float) -> float | None:
        """From what is done so far; ``None`` while too little is done to tell."""
        if self.fraction < EARLIEST:
            return None
        return (now - self.started_at) / self.fraction * (1 - self.fraction)

    @property
    def step_words(self) -> str:
        """The step and how much of it is done."""
        name = STEPS.get(self.step, (self.step.capitalize(), 0.0))[0]
        return f"{name} {100 * self.fraction_of_step:.0f} %"

    def sentence(self, now: float) -> str:
        left = self.seconds_left(now)
        return self.step_words + (f" · {clock(left)} left" if left is not None else "")


def clock(seconds: float) -> str:
    """``0:41`` or ``1:02:03``."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"

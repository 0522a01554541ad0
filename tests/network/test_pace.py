import pytest

from cryoves_app.network.pace import Pace


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_time_left_follows_the_last_epochs() -> None:
    clock = Clock()
    pace = Pace(clock)
    for seconds in (3600, 60, 60, 60, 60, 60):
        pace.begin()
        clock.seconds += seconds
        assert pace.end() == seconds
    pace.begin()
    assert pace.left(44) == ", about 44 min left"
    assert pace.left(43.5) == ", about 44 min left"
    assert pace.left(0.25) == ", about 1 min left"


@pytest.mark.parametrize(("done", "words"), [(0.0, ""), (0.01, ""), (0.5, ", about 19 min left")])
def test_in_the_first_epoch_the_steps_tell(done: float, words: str) -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.begin()
    clock.seconds = 60 * done * 2
    assert pace.left(10 - done) == words

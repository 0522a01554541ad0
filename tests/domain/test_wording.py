from __future__ import annotations

import pytest

from cryoves_app.domain.wording import bytes_in_words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"), (10, "10 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (153416, "153 kB"), (589824, "590 kB"),
        (3.2e6, "3.2 MB"), (85e6, "85 MB"), (999.9e6, "1000 MB"), (2.74e9, "2.7 GB"), (64e9, "64 GB"),
        (3.5e12, "3.5 TB"),
    ],
)  # fmt: skip
def test_amounts_have_a_unit_in_which_they_are_not_nothing(count: float, words: str) -> None:
    assert bytes_in_words(count) == words

from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest

from cryoves_app.domain.recipe import Recipe, parameters
from cryoves_app.domain.wording import bytes_in_words, words_and_unit


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


def test_names_are_words_and_a_unit_as_people_write_it() -> None:
    assert words_and_unit("defocus_um") == ("defocus", "µm")
    assert words_and_unit("tilt_range_deg") == ("tilt range", "°")
    assert words_and_unit("origin_angstrom") == ("origin", "Å")
    assert words_and_unit("patch_px") == ("patch", "voxels")
    assert words_and_unit("look_larger") == ("look larger", "")


def test_each_parameter_has_the_unit_that_its_name_says() -> None:
    sections = [getattr(Recipe(), field.name) for field in fields(Recipe)]
    found = [p for section in sections if is_dataclass(section) for p in parameters(section)]
    assert {"nm", "µm", "°", "voxels", ""} == {p.metadata["unit"] for p in found}
    for parameter in found:
        assert words_and_unit(parameter.name)[1] == parameter.metadata["unit"]

"""Names of tomograms as lists of particles state them."""

from __future__ import annotations

import pytest

from cryoves_app.domain.tomogram_names import last_number, matching_names


@pytest.mark.parametrize(
    ("own", "stated", "found"),
    [
        ("TS_017", ("17",), ("17",)),
        ("TS_017", ("17.0", "18.0"), ("17.0",)),
        ("TS_017", ("16", "18"), ()),
        ("TS_017", ("17", "017"), ("17", "017")),  # which of them cannot be told
        ("TS_017", ("17", "other"), ()),  # names are names there
        ("TS_017", ("17", "TS_017"), ("TS_017",)),
        ("17", ("17", "18"), ("17",)),
        ("synapse", ("17",), ()),
        ("TS_017", (), ()),
        ("TS_017", ("1.7", "17.5", "-17", "1e1", ""), ()),
    ],
)
def test_bare_numbers_mean_the_last_number_of_a_name(
    own: str, stated: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert matching_names(own, stated) == found


def test_the_last_number_of_a_name() -> None:
    assert [last_number(name) for name in ("TS_017", "b12_rec3", "synapse", "")] == [17, 3, None, None]

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.formats.tables.numerals import AmbiguousNumber, Numerals, is_unknown, truth

GERMAN = Numerals.of(["136,9907"], ";")


def is_refused(read: Callable[[str], float], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return True
    return False


ENGLISH = Numerals.of(["136.9907"], ",")


@pytest.mark.parametrize(
    ("numerals", "text", "value"),
    [
        (ENGLISH, "1.5", 1.5),
        (ENGLISH, "1,234.5", 1234.5),
        (ENGLISH, "1,234", 1234),  # the file has decimal points, so this comma groups
        (ENGLISH, "1.234e-09", 1.234e-9),
        (GERMAN, "1,5", 1.5),
        (GERMAN, "1.234,5", 1234.5),
        (GERMAN, "1.234", 1234),
        (GERMAN, "1,23E-09", 1.23e-9),
        (GERMAN, "1.234.567", 1234567),
        (GERMAN, "1\u202f234,5", 1234.5),
        (GERMAN, "1'234,5", 1234.5),
        (GERMAN, "1 234,5", 1234.5),
        (GERMAN, "-12 345 678", -12345678),
        (ENGLISH, "1 234.5", 1234.5),
        (GERMAN, "\u22122,5", -2.5),
        (Numerals.of(["136,991", "12,500"], ";"), "136,991", 136.991),
        (Numerals.of(["136,991"], "\t"), "136,991", 136.991),
        (Numerals.of(["136.991"], ";"), "136.991", 136.991),
        (Numerals.of(["136,991", "0,991"], ","), "136,991", 136.991),
        (Numerals.of(["1,5", "2.5"], ";"), "2.5", 2.5),  # each says by itself what it is
        (Numerals.of(["1,5", "2.5"], ";"), "1,5", 1.5),
    ],
)
def test_numbers_of_any_country(numerals: Numerals, text: str, value: float) -> None:
    assert numerals.number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "x", "inf", "nan", "1,2,3,4", "1.2.3", "1_0", "12 5", "1 2345", "1 234 5", "1e999", "--1", "0x10"],
)
@pytest.mark.parametrize("numerals", [ENGLISH, GERMAN])
def test_what_is_no_number_is_refused(numerals: Numerals, text: str) -> None:
    assert is_refused(numerals.number, text)


def test_a_number_that_can_be_read_in_two_ways_is_refused() -> None:
    with pytest.raises(AmbiguousNumber):
        Numerals.of(["136,991"], ",").number("136,991")


@given(st.floats(-1e6, 1e6), st.sampled_from(",."), st.booleans())
def test_written_numbers_come_back(value: float, mark: str, is_grouped: bool) -> None:
    text = f"{value:,.4f}" if is_grouped else f"{value:.4f}"
    text = text.replace(",", "g").replace(".", mark).replace("g", "." if mark == "," else ",")
    assert Numerals.of([text], ";").number(text) == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "value"), [("7", 7), ("7.0", 7), ("7,0", 7), (" 12 ", 12), ("-1", -1), ("1e3", 1000)]
)
def test_whole_numbers_with_an_empty_fraction(text: str, value: int) -> None:
    assert Numerals(default=",").whole(text) == value


@pytest.mark.parametrize("text", ["1.5", "x", "", "9" * 30, "1e30", "9" * 6000])
def test_other_numbers_are_not_whole(text: str) -> None:
    assert is_refused(Numerals().whole, text)


@pytest.mark.parametrize(
    "text", ["TRUE", "Wahr", "VRAI", "VERDADERO", "VERO", "ИСТИНА", "DOĞRU", "1", "yes", "ja"]
)
def test_true_in_any_language(text: str) -> None:
    assert truth(text) is True


@pytest.mark.parametrize(
    "text", ["FALSE", "FALSCH", "FAUX", "FALSO", "ЛОЖЬ", "YANLIŞ", "FAŁSZ", "0", "no", "nein"]
)
def test_false_in_any_language(text: str) -> None:
    assert truth(text) is False


def test_other_words_are_no_truth() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        truth("perhaps")


def test_what_programs_write_where_they_know_nothing() -> None:
    assert all(map(is_unknown, ["", " ", "NA", "#N/A", "NaN", "-", "None"]))
    assert not is_unknown("0")

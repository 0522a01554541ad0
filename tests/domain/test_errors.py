from __future__ import annotations

from cryoves_app.domain.errors import Cancelled, CryoVesError


def test_a_name_without_end_is_shown_by_its_beginning() -> None:
    told = str(CryoVesError(f"There is no recipe “{'a' * 100_000}”; it is neither."))
    assert told == f"There is no recipe “{'a' * 79}… (100001 letters)”; it is neither."


def test_other_sentences_stay_as_they_are() -> None:
    path = "/" + "/".join(["folder of a project", "name"] * 200)
    assert str(CryoVesError(f"{path} does not exist.")) == f"{path} does not exist."
    assert str(Cancelled()) == "Cancelled."

"""Which projects a study takes, and the condition of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.workflow.batch.summary import TomogramSummary, write_summary
from cryoves_app.workflow.study.sources import (
    ConditionRule,
    StudyInput,
    StudySources,
    find_sources,
    sources_of,
)

from .projects import make_project, save_project

ONE = [(50.0, 100.0, 200.0, 20.0)]


def conditions(found: StudySources) -> dict[str, str]:
    return {s.name: s.condition for s in found.sources}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """As a batch leaves it."""
    for name, condition in (("b1", "control"), ("b2", "treated"), ("b3", "")):
        save_project(tmp_path / "results", make_project(ONE, name, condition=condition))
    return tmp_path / "results"


def test_a_folder_of_results_with_the_conditions_of_its_runs(results: Path) -> None:
    found = find_sources([results])
    assert conditions(found) == {"b1": "control", "b2": "treated", "b3": "all"}
    assert find_sources([results / "b2"]).sources == found.sources[1:2]
    assert conditions(find_sources([results / "b1" / "b1.cryoves", results])) == conditions(found)


def test_a_summary_goes_before_the_runs_also_when_all_was_moved(results: Path) -> None:
    rows = [
        TomogramSummary(f"C:\\data\\{n}.mrc", folder=f"C:\\results\\{n}", condition="late")
        for n in ("b1", "b3")
    ]
    write_summary(results / "summary.csv", rows)
    assert conditions(find_sources([results])) == {"b1": "late", "b3": "late", "b2": "treated"}
    (results / "summary.csv").write_text("nothing,of,the\nkind\n,,,,,,,\n")
    assert conditions(find_sources([results])) == {"b1": "control", "b2": "treated", "b3": "all"}


def test_patterns_go_before_all_and_unused_ones_are_named(results: Path) -> None:
    rules = [
        ConditionRule("mutant", "b[23].mrc"),
        ConditionRule("wild", "data"),
        ConditionRule("x", "*nowhere*"),
    ]
    found = find_sources([results], rules)
    assert conditions(found) == {"b1": "wild", "b2": "mutant", "b3": "mutant"}
    assert found.notes == ("No tomogram fits the pattern “*nowhere*” of the condition x.",)


@pytest.mark.parametrize("ending", [".csv", ".toml"])
def test_a_queue_names_results_and_conditions(results: Path, tmp_path: Path, ending: str) -> None:
    for name in ("b1", "b2", "b9"):
        (tmp_path / f"{name}.mrc").touch()
    queue = tmp_path / f"queue{ending}"
    if ending == ".csv":
        queue.write_text("tomogram,condition\nb1.mrc,a\nb2.mrc,b\nb9.mrc,b\n")
        with pytest.raises(CryoVesError, match="give it with --results"):
            find_sources([queue])
    else:
        entry = '[[tomogram]]\npath = "{}.mrc"\ncondition = "{}"\n'
        queue.write_text(
            'output = "results"\n' + "".join(entry.format(n, c) for n, c in (("b1", "a"), ("b[29]", "b")))
        )
    found = find_sources([queue], results=results if ending == ".csv" else None)
    assert conditions(found) == {"b1": "a", "b2": "b"}
    assert found.notes == ("Left out, as there are no results yet: b9.",)


def test_of_two_projects_of_a_tomogram_the_edited_one_is_used(results: Path, tmp_path: Path) -> None:
    edited = save_project(tmp_path / "mine", make_project(ONE * 3, "b1", reviewed=2))
    for order in ([results, edited], [edited, results]):
        found = find_sources(order)
        (used,) = [s for s in found.sources if s.name == "b1"]
        assert used.path == edited
        assert used.condition == "control"
        (note,) = found.notes
        assert str(edited) in note.split(" is used (2 vesicles by hand)")[0]


def test_an_open_queue_leaves_out_what_is_not_there_yet(results: Path) -> None:
    inputs = [StudyInput(results / n / f"{n}.cryoves", "c") for n in ("b1", "b7")]
    found = sources_of(inputs)
    assert conditions(found) == {"b1": "c"}
    assert found.notes == ("Left out, as there are no results yet: b7.",)
    with pytest.raises(CryoVesError, match=r"no finished tomogram to study yet. Left out, .* b7\."):
        sources_of(inputs[1:])


def test_what_is_no_input_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.cryoves").write_text("nonsense")
    for path, words in ((tmp_path / "gone", "does not exist"), (tmp_path / "empty", "holds no project"),
                        (tmp_path / "bad.cryoves", "bad.cryoves")):  # fmt: skip
        with pytest.raises(CryoVesError, match=words):
            find_sources([path])


def test_one_damaged_project_does_not_stop_the_others(results: Path) -> None:
    (results / "b2" / "b2.cryoves").write_text("nonsense")
    found = find_sources([results])
    assert conditions(found) == {"b1": "control", "b3": "all"}
    (failure,) = found.failures
    assert str(results / "b2" / "b2.cryoves") in failure

"""Means, tests and files of a study."""

from __future__ import annotations

import csv
import statistics
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import stats

from cryoves_app.analysis.study.comparison import MeansTest, NoTest
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.pools import FilterPool, PoolPlan, PoolRule
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.workflow.common.output_folder import refuse_files
from cryoves_app.workflow.study.measures import StudyPlan
from cryoves_app.workflow.study.methods import study_paragraph
from cryoves_app.workflow.study.names import STUDY_FILES
from cryoves_app.workflow.study.sources import StudySource, StudySources
from cryoves_app.workflow.study.study import Study, StudyTest, make_study
from cryoves_app.workflow.study.tables import (
    BAND_COLUMNS,
    TOMOGRAM_COLUMNS,
    write_study,
)

from .projects import active_zone, cytoplasm, make_project

#: Radii of each tomogram's vesicles, by condition.
RADII = {
    "control": ([19.0, 21.0], [20.0, 21.0, 22.0], [18.0, 20.0]),
    "treated": ([23.0, 25.0], [22.0, 24.0, 23.0], [24.0, 27.0]),
}
PLAN = StudyPlan(simulations=9)


def source(condition: str, number: int, radii: list[float], *, bare: bool = False) -> StudySource:
    """Vesicles 45 nm from each other, the first 30 nm from the active zone."""
    places = [(50.0, 100.0, 40.0 + 60 * n, r) for n, r in enumerate(radii)]
    regions = () if bare else (active_zone(), cytoplasm())
    name = f"{condition}{number}"
    return StudySource(Path(f"{name}.cryoves"), make_project(places, name, regions=regions), condition)


@pytest.fixture(scope="module")
def study() -> Study:
    sources = [source(c, n, r) for c, tomograms in RADII.items() for n, r in enumerate(tomograms)]
    return make_study(StudySources(tuple(sources), ("A note.",)), PLAN)


def find(study: Study, subject: str) -> StudyTest:
    (test,) = [t for t in study.tests if t.subject == subject]
    return test


def test_means_and_their_test_are_over_tomograms(study: Study) -> None:
    """The tomogram is the unit: 3 values for each condition, not 7 vesicles."""
    means = {c: [statistics.fmean(r) for r in tomograms] for c, tomograms in RADII.items()}
    for condition, values in means.items():
        (found,) = [m for m in study.means if (m.measure.key, m.condition) == ("mean_radius_nm", condition)]
        assert found.count == 3
        assert found.mean == pytest.approx(statistics.fmean(values))
        assert found.sd == pytest.approx(statistics.stdev(values))
        assert found.se == pytest.approx(statistics.stdev(values) / 3**0.5)
    test = find(study, "mean_radius_nm")
    t = stats.ttest_ind(*means.values())
    assert test.counts == (3, 3)
    assert test.found.p_value == pytest.approx(t.pvalue)
    assert test.found.statistic == pytest.approx(t.statistic**2)


def test_counts_in_zones_are_compared_by_chi_square_where_there_are_enough(study: Study) -> None:
    test = find(study, "counts in zones")
    assert test.counts == (7, 7)
    assert test.found.obstacle is NoTest.SMALL_COUNTS


def test_all_tests_are_adjusted_together(study: Study) -> None:
    known = [t.found.p_value for t in study.tests if t.found.p_value is not None]
    assert len(known) > 5
    adjusted = [t.adjusted_p for t in study.tests if t.found.p_value is not None]
    order = np.argsort(known)
    ranked = np.array(known)[order] * len(known) / np.arange(1, len(known) + 1)
    by_hand = np.minimum.accumulate(ranked[::-1])[::-1]
    assert np.array(adjusted, float)[order] == pytest.approx(np.minimum(by_hand, 1))


def test_three_conditions_are_compared_together_and_two_by_two() -> None:
    tomograms = {**RADII, "third": ([15.0, 16.0], [17.0, 18.0])}
    sources = [source(c, n, r, bare=True) for c, rows in tomograms.items() for n, r in enumerate(rows)]
    study = make_study(StudySources(tuple(sources)), StudyPlan(simulations=0), MeansTest.KRUSKAL)
    found = {t.conditions: t for t in study.tests if t.subject == "mean_radius_nm"}
    names = tuple(tomograms)
    assert list(found) == [names, names[:2], names[::2], names[1:]]
    values = [[statistics.fmean(r) for r in rows] for rows in tomograms.values()]
    assert found[names].found.p_value == pytest.approx(stats.kruskal(*values).pvalue)
    assert "Kruskal–Wallis" in study_paragraph(study)
    assert any("no active zone" in note.lower() or "has an active zone" in note for note in study.notes)


def test_one_tomogram_of_a_condition_is_no_test() -> None:
    sources = [source("control", n, r) for n, r in enumerate(RADII["control"])]
    sources += [source("treated", 0, RADII["treated"][0])]
    study = make_study(StudySources(tuple(sources)), PLAN)
    assert {t.found.obstacle for t in study.tests} == {NoTest.TOO_FEW, NoTest.SMALL_COUNTS}
    assert all(t.adjusted_p is None for t in study.tests)
    assert any("Fewer than two tomograms in treated" in note for note in study.notes)
    assert "No test between conditions was made." in study_paragraph(study)


def test_one_condition_is_not_compared() -> None:
    study = make_study(StudySources((source("all", 0, [20.0, 22.0]),)), PLAN)
    assert study.tests == ()
    assert any("one condition only" in note for note in study.notes)


def test_densities_of_different_kinds_of_volume_are_told() -> None:
    sources = (source("a", 0, [20.0]), source("a", 1, [20.0], bare=True))
    notes = make_study(StudySources(sources), PLAN).notes
    assert any("per volume of region and of tomogram" in note for note in notes)


def test_chance_without_a_region_is_told() -> None:
    sources = (source("a", 0, [20.0, 20.0]), source("a", 1, [20.0, 20.0], bare=True))
    notes = make_study(StudySources(sources), PLAN).notes
    (note,) = [note for note in notes if "chance puts vesicles anywhere" in note]
    assert "(a1)" in note


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_files_say_what_was_found(study: Study, tmp_path: Path) -> None:
    written = write_study(study, tmp_path / "new" / "study")
    assert [p.name for p in written] == list(STUDY_FILES)
    tomograms = rows(written[0])
    assert tuple(tomograms[0]) == TOMOGRAM_COLUMNS
    assert [(r["tomogram"], r["condition"], r["accepted"], r["volume_of"]) for r in tomograms[:2]] == [
        ("control0", "control", "2", "region"), ("control1", "control", "3", "region"),
    ]  # fmt: skip
    assert {r["simulations"] for r in tomograms} == {"9"}
    assert {r["connected"] for r in tomograms} == {""}
    zones = rows(written[1])
    assert tuple(zones[0]) == BAND_COLUMNS
    assert [r["name"] for r in zones if r["tomogram"] == "control0" and r["division"] == "zones"] == [
        "0-45", "45-75", "75-150", "150-250",
    ]  # fmt: skip
    assert [(r["low_nm"], r["high_nm"]) for r in zones[:2]] == [("0", "45"), ("45", "75")]
    curves = [r for r in rows(written[2]) if r["tomogram"] == "treated1"]
    assert [float(curves[0]["share_within"]), float(curves[-1]["share_within"])] == [0.0, 1.0]
    tests = {r["subject"]: r for r in rows(written[4])}
    assert tests["mean_radius_nm"]["df"] == "1 4"
    assert float(tests["mean_radius_nm"]["p"]) == pytest.approx(
        find(study, "mean_radius_nm").found.p_value, rel=1e-5
    )
    assert tests["counts in zones"]["no_test"] == "small counts"
    methods = written[6].read_text(encoding="utf-8")
    assert "14 vesicles of 6 tomograms (control: 3 tomograms, treated: 3 tomograms)" in methods
    assert "tomogram as the unit" in methods
    assert "Zones (0–45 nm, 45–75 nm," in methods
    assert "Benjamini and Hochberg" in methods
    assert "(9 simulations for each tomogram" in methods


def test_the_figure_has_a_dot_for_each_tomogram(study: Study, tmp_path: Path) -> None:
    figure = {p.name: p for p in write_study(study, tmp_path)}["study.svg"]
    drawn = ElementTree.parse(figure).getroot()
    names = {e.get("id"): e for e in drawn.iter() if e.get("id")}
    for number in (0, 1):
        dots = names[f"mean_radius_nm-dots-{number}"]
        assert sum(e.tag.endswith("}use") for e in dots.iter()) == 3
        assert f"mean_radius_nm-mean-{number}" in names
    texts = {"".join(e.itertext()) for e in drawn.iter() if e.tag.endswith("}text")}
    assert {"Density (µm⁻³)", "control", "treated"} <= {line for text in texts for line in text.splitlines()}


def test_the_same_study_gives_the_same_files(study: Study, tmp_path: Path) -> None:
    one, two = (write_study(study, tmp_path / name) for name in "ab")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_an_earlier_study_is_not_replaced_unasked(study: Study, tmp_path: Path) -> None:
    refuse_files(tmp_path, STUDY_FILES, "a study")
    write_study(study, tmp_path)
    with pytest.raises(CryoVesError, match="exists already"):
        refuse_files(tmp_path, STUDY_FILES, "a study")


def test_one_that_cannot_be_measured_does_not_stop_the_others() -> None:
    good, bad = source("a", 0, [20.0, 22.0]), source("a", 1, [20.0])
    plan = PoolPlan(PoolRule.FILTER, filters=(FilterPool("odd", "nonsense > 3"),))
    bad = replace(bad, project=replace(bad.project, pools=plan))
    study = make_study(StudySources((bad, good)), PLAN)
    assert [t.source.name for t in study.tomograms] == ["a0"]
    (failure,) = study.failures
    assert failure in study.notes
    assert "a1.cryoves" in failure
    with pytest.raises(CryoVesError, match="No tomogram could be measured"):
        make_study(StudySources((bad,)), PLAN)


def test_pools_by_a_condition_are_counted() -> None:
    sources = []
    for number, radii in enumerate(([19.0, 21.0, 22.0], [18.0, 18.5, 23.0])):
        made = source("a", number, radii, bare=True)
        pools = PoolPlan(PoolRule.FILTER)
        sources.append(replace(made, project=replace(made.project, pools=pools)))
    study = make_study(StudySources(tuple(sources)), StudyPlan(simulations=0))
    counts = [[(b.name, b.count) for b in t.bands] for t in study.tomograms]
    assert counts == [[("small", 1), ("large", 2)], [("small", 2), ("large", 1)]]
    (mean,) = [m for m in study.means if m.measure.key == "pools_small_share"]
    assert mean.mean == pytest.approx(0.5)


def test_cancelling_stops_at_once() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        make_study(StudySources((source("a", 0, [20.0, 22.0]),)), PLAN, progress=Progress(token=token))

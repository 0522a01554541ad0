"""Two people's results for one tomogram: blind copies, numbers, disputes, and the project that settles them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Judgement, Origin, Status, Vesicle
from cryoves_app.formats.project.project_file import read_project, write_project
from cryoves_app.workflow.common.output_folder import refuse_files
from cryoves_app.workflow.evaluation.agreement import (
    PersonsResult,
    agreed_project,
    compare_people,
    write_agreed_project,
)
from cryoves_app.workflow.evaluation.agreement_tables import (
    AGREEMENT_FILES,
    agreement_rows,
    agreement_sentence,
    agreement_values,
    write_agreement,
)
from cryoves_app.workflow.evaluation.errors import ErrorKind
from cryoves_app.workflow.project.blind import (
    agreeing_people,
    blind_copy,
    blind_place,
    blind_reviewer,
    disputed_spheres,
    write_blind_copy,
)
from cryoves_app.workflow.project.review import ReviewQueue

from .projects_to_score import FOUND, TRUE, edit, save_run

MADE_BY_BEN = Vesicle(9, 30.0, 80.0, 95.0, 14.0, origin=Origin.MANUAL)


@pytest.fixture
def people(tmp_path: Path) -> tuple[Path, Path]:
    """Copies that Ada and Ben judged: both keep 1; Ada rejects 3 and mends 2, Ben moves 1 a little and adds one."""
    session = save_run(tmp_path / "b1.cryoves")
    paths = tmp_path / "b1_Ada.cryoves", tmp_path / "b1_Ben.cryoves"
    for name, path in zip(("Ada", "Ben"), paths, strict=True):
        write_blind_copy(session.project, session.done, name, path, session.home)
    session.close()
    ada, ben = (read_project(path) for path in paths)
    ada = replace(ada, vesicles=ada.vesicles.replaced([
        ada.vesicles.vesicles[0].judged(Status.ACCEPTED, "Ada"),
        TRUE[1].judged(Status.ACCEPTED, "Ada"),
        ada.vesicles.vesicles[2].judged(Status.REJECTED, "Ada"),
        ada.vesicles.vesicles[3].judged(Status.REJECTED, "Ada"),
    ]))  # fmt: skip
    moved = ben.vesicles.vesicles[0].but(z_nm=31.0).judged(Status.ACCEPTED, "Ben")
    ben = replace(ben, vesicles=ben.vesicles.replaced([moved]).added([MADE_BY_BEN]))
    for project, path in zip((ada, ben), paths, strict=True):
        write_project(path, project)
    return paths


def test_a_blind_copy_shows_nothing_of_what_others_did(tmp_path: Path) -> None:
    session = save_run(tmp_path / "b1.cryoves")
    edit(
        session,
        FOUND[0].judged(Status.REJECTED, "Ada").but(tags=("big",)),
        MADE_BY_BEN,
        removed=(2,),
    )
    session.set_views({"cursor": [1, 2, 3]})
    copy = blind_copy(session.project, session.done, "Ben")
    session.close()
    assert tuple(copy.vesicles) == FOUND
    assert copy.views == {}
    assert blind_reviewer(copy.run) == "Ben"
    assert blind_place(tmp_path / "b1.cryoves", "Ben / B.") == tmp_path / "b1_Ben___B..cryoves"


def test_without_a_run_what_was_brought_in_stays_unjudged(tmp_path: Path) -> None:
    session = save_run(tmp_path / "b1.cryoves")
    session.undo()
    brought = TRUE[0].but(origin=Origin.IMPORTED).judged(Status.REJECTED, "Ada", "no membrane")
    edit(session, brought, MADE_BY_BEN)
    (only,) = blind_copy(session.project, session.done, "Ben").vesicles
    assert (only.id, only.status, only.reviewed, only.judgements, only.reason) == (
        1,
        Status.ACCEPTED,
        False,
        (),
        "",
    )
    with pytest.raises(CryoVesError, match="is read for this result"):
        write_blind_copy(session.project, session.done, "Ben", tmp_path / "b1.cryoves", session.home)
    session.close()


def test_numbers_of_two_people(people: tuple[Path, Path]) -> None:
    found = compare_people(*(PersonsResult.read(p) for p in people))
    values = agreement_values(found)
    # in both: 1 (moved by 1 nm along z) and 2 (mended by Ada); only Ben's: 3, and the one he made
    assert (values["first"], values["second"]) == ("Ada", "Ben")
    assert (values["in_both"], values["only_first"], values["only_second"]) == (2, 0, 2)
    assert values["f1"] == pytest.approx(4 / 6)
    assert values["delta_z_nm"] == pytest.approx(0.5)
    assert values["bias_z_nm"] == pytest.approx(-0.5)
    assert values["delta_x_nm"] == pytest.approx(1.5)
    assert (values["same_sphere"], values["moved"], values["disputes"]) == (0, 2, 3)
    assert [d.kind for d in found.disputes] == [ErrorKind.MISSED, ErrorKind.MISSED, ErrorKind.RADIUS]
    assert agreement_sentence(found).startswith("Ada and Ben: 2 vesicles in both, 0 only Ada's, 2 only Ben's")
    assert [n.split(" has checked ")[0] for n in found.notes] == ["Ben"]


def test_spheres_that_nobody_moved_are_told_apart(people: tuple[Path, Path]) -> None:
    """They agree by themselves, and would make any two people look alike."""
    ada, ben = (PersonsResult.read(p) for p in people)
    back = ben.project.vesicles.replaced([FOUND[0].judged(Status.ACCEPTED, "Ben")])
    found = compare_people(ada, PersonsResult.of(replace(ben.project, vesicles=back), ben.path))
    assert (found.unmoved, found.moved.true_positives) == (1, 1)
    assert found.scores.evaluation.delta_c_nm == pytest.approx(1.5)
    assert found.moved.delta_c_nm == pytest.approx(3.0)
    assert ("Same sphere", "1") in [row[:2] for row in agreement_rows(found)]


def test_what_both_judged_is_counted(people: tuple[Path, Path]) -> None:
    ada, ben = (PersonsResult.read(p) for p in people)
    vesicles = ben.project.vesicles
    vesicles = vesicles.replaced([
        vesicles.vesicles[1].judged(Status.REJECTED, "Ben"),
        vesicles.vesicles[3].judged(Status.REJECTED, "Ben"),
    ])  # fmt: skip
    found = compare_people(ada, PersonsResult.of(replace(ben.project, vesicles=vesicles), ben.path)).judged
    # 1: both accept; 2: only Ada does; 4: both reject
    assert (found.count, found.alike) == (3, 2)
    assert found.kappa == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    far = vesicles.replaced([vesicles.vesicles[0].but(x_nm=90.0)])
    apart = compare_people(ada, PersonsResult.of(replace(ben.project, vesicles=far), ben.path))
    assert apart.judged.count == 2


def test_the_agreed_project_has_disputes_first_in_its_queue(
    people: tuple[Path, Path], tmp_path: Path
) -> None:
    found = compare_people(*(PersonsResult.read(p) for p in people))
    write_agreed_project(found, tmp_path / "agreed.cryoves")
    project = read_project(tmp_path / "agreed.cryoves")
    first, *rest = project.vesicles
    assert (first.status, first.reviewed, first.z_nm, first.origin) == (
        Status.ACCEPTED,
        True,
        30.5,
        Origin.EDITED,
    )
    assert first.judgements == (Judgement("Ada", Status.ACCEPTED), Judgement("Ben", Status.ACCEPTED))
    assert [(v.id, v.status, v.reviewed, v.reason) for v in rest] == [
        (2, Status.OUTLIER, False, "Ada and Ben differ: radius -4.0 nm, centre 3.0 nm"),
        (3, Status.OUTLIER, False, "only Ben has it"),
        (9, Status.OUTLIER, False, "only Ben has it"),
    ]
    assert rest[0].x_nm == pytest.approx((TRUE[1].x_nm + FOUND[1].x_nm) / 2)
    assert rest[1].is_disputed
    assert disputed_spheres(project.run) == {2: (TRUE[1].sphere, FOUND[1].sphere)}
    assert agreeing_people(project.run) == ("Ada", "Ben")
    assert blind_reviewer(project.run) == ""
    assert disputed_spheres({"agreement": {"spheres": {"2": [[1, 2], "x"]}}}) == {}
    queue = ReviewQueue.of(project.vesicles)
    walked, current = [], None
    while (current := queue.next_unchecked(current)) is not None and current.id not in walked:
        walked.append(current.id)
    assert (set(walked[:2]), walked[2:]) == ({3, 9}, [2])
    settled = rest[1].judged(Status.ACCEPTED, "Eve")
    assert (settled.status, settled.reviewed) == (Status.ACCEPTED, True)
    with pytest.raises(CryoVesError, match="is read for this result"):
        write_agreed_project(found, people[0])


def test_two_that_agree_leave_nothing_to_settle(people: tuple[Path, Path]) -> None:
    ada = PersonsResult.read(people[0])
    found = compare_people(ada, replace(ada, path=people[1]))
    assert (found.first.name, found.second.name) == ("Ada (b1_Ada)", "Ada (b1_Ben)")
    assert (found.scores.evaluation.f1, found.disputes, found.unmoved) == (1.0, (), 2)
    assert all(v.reviewed and v.status is Status.ACCEPTED for v in agreed_project(found).vesicles)
    assert not [row for row in agreement_rows(found) if row[0].startswith("moved")]


def test_different_tomograms_are_refused(people: tuple[Path, Path]) -> None:
    ada = PersonsResult.read(people[0])
    other = replace(ada.project, tomogram=replace(ada.project.tomogram, sha256="another"))
    with pytest.raises(CryoVesError, match="of different tomograms"):
        compare_people(ada, PersonsResult.of(other, people[1]))
    with pytest.raises(CryoVesError, match="given for both people"):
        compare_people(ada, ada)


def test_a_name_comes_from_the_judgements_or_the_file(people: tuple[Path, Path], tmp_path: Path) -> None:
    project = read_project(people[0])
    plain = replace(project, run={})
    assert PersonsResult.of(plain, people[0]).name == "Ada"
    nobody = replace(plain, vesicles=plain.vesicles.replaced(v.but(judgements=()) for v in plain.vesicles))
    assert PersonsResult.of(nobody, tmp_path / "b1_left.cryoves").name == "b1_left"


def test_the_files_tell_the_same_numbers(people: tuple[Path, Path], tmp_path: Path) -> None:
    found = compare_people(*(PersonsResult.read(p) for p in people))
    written = write_agreement(found, tmp_path / "out")
    tables = []
    for path in written[:2]:
        with path.open(encoding="utf-8", newline="") as stream:
            tables.append(list(csv.DictReader(stream)))
    ((row,), disputes) = tables
    assert (row["first"], row["in_both"], row["delta_z_nm"], row["second_checked"]) == (
        "Ada",
        "2",
        "0.5",
        "2",
    )
    assert [(d["dispute"], d["first_id"], d["second_id"]) for d in disputes] == [
        ("only_second", "", "3"),
        ("only_second", "", "9"),
        ("radius", "2", "2"),
    ]
    page = written[2].read_text(encoding="utf-8")
    assert page.startswith("# Agreement of Ada and Ben\n")
    with pytest.raises(CryoVesError, match="exists already"):
        refuse_files(tmp_path / "out", AGREEMENT_FILES, "an agreement")

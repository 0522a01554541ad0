"""Who judged what: the reviewer's name, a second person's review, what people differ on; with real clicks and keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox

from cryoves_app.domain.colours import NO_POOL, POOL_COLOURS
from cryoves_app.ui.base import reviewer as reviewer_module
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.base.reviewer import LONGEST_NAME, Reviewer
from cryoves_app.ui.dialogs.reviewer import ReviewerDialog
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.legend import DISPUTED_COLOUR
from cryoves_app.workflow.project.reviewers import Reviewers

from .helpers import PATIENCE_MS, give_vesicles, press, settle


@pytest.fixture
def judged(open_window: MainWindow, qtbot: Any, tmp_path: Path) -> MainWindow:
    """Two of twelve vesicles judged by Ada, the project saved and opened again by Ben."""
    give_vesicles(open_window, qtbot)
    open_window.workspace.reviewer.rename("Ada")
    for number in (1, 2):
        open_window.workspace.document.fly_to(number)
        press(qtbot, open_window, Qt.Key.Key_A)
    assert open_window.parts.projects.save(tmp_path / "p.cryoves")
    open_window.workspace.reviewer.rename("Ben")
    with qtbot.waitSignal(open_window.parts.opener.opened, timeout=PATIENCE_MS):
        open_window.parts.opener.open([tmp_path / "p.cryoves"])
    settle(open_window, qtbot)
    return open_window


def judge(window: MainWindow, qtbot: Any, number: int, key: Qt.Key) -> None:
    window.workspace.document.select([number])
    press(qtbot, window, key)


def said(window: MainWindow, number: int) -> list[str]:
    vesicle = window.workspace.document.vesicles.get(number)
    assert vesicle is not None
    return [str(judgement) for judgement in vesicle.judgements]


def test_the_login_name_stands_until_another_is_given(preferences: PreferenceFile, monkeypatch: Any) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "maria")
    preferences.change(reviewer="")
    reviewer = Reviewer(preferences)
    assert (reviewer.name, reviewer.is_told) == ("maria", False)
    reviewer.rename("  Ada;\n Lovelace ")
    assert (reviewer.name, reviewer.is_told) == ("Ada Lovelace", True)
    assert Reviewer(PreferenceFile(preferences.folder)).name == "Ada Lovelace"
    reviewer.rename("x" * 99)
    assert reviewer.name == "x" * LONGEST_NAME
    reviewer.rename(" ; ")
    assert reviewer.name == "maria"


def test_a_computer_without_accounts_has_a_name_all_the_same(monkeypatch: Any) -> None:
    def nobody() -> str:
        raise OSError("no username set in the environment")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert reviewer_module.login_name() == "reviewer"


def test_the_first_edit_says_under_which_name_it_is_kept(
    open_window: MainWindow, preferences: PreferenceFile, qtbot: Any
) -> None:
    preferences.change(reviewer="")
    name = open_window.workspace.reviewer.name
    give_vesicles(open_window, qtbot)
    (notice,) = open_window.notices.notices()
    assert notice.sentence == f"What you judge is kept under the name {name}."
    qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    (dialog,) = open_window.findChildren(ReviewerDialog)
    dialog.field.selectAll()
    qtbot.keyClicks(dialog.field, "Ada")
    ok = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    qtbot.mouseClick(ok, Qt.MouseButton.LeftButton)
    assert open_window.workspace.reviewer.name == "Ada"
    assert "You judge as Ada." in open_window.parts.review_step.reviewers.text()
    judge(open_window, qtbot, 1, Qt.Key.Key_A)
    assert said(open_window, 1) == ["Ada: accepted"]
    assert not [n for n in open_window.notices.notices() if not n.dismissed]  # it is said once
    dialog.deleteLater()


def test_a_second_review_stays_beside_the_first(judged: MainWindow, qtbot: Any) -> None:
    (greeting,) = judged.notices.notices()
    assert greeting.sentence == "Ada checked 2 of 12. What you judge is kept beside it, as Ben."
    assert judged.parts.review.view.bar.text == "2 of 12 checked"
    qtbot.mouseClick(greeting.button, Qt.MouseButton.LeftButton)
    assert judged.parts.review.view.bar.text == "0 of 12 checked by Ben"
    judge(judged, qtbot, 1, Qt.Key.Key_D)
    judge(judged, qtbot, 2, Qt.Key.Key_A)
    assert said(judged, 1) == ["Ada: accepted", "Ben: rejected"]
    assert said(judged, 2) == ["Ada: accepted", "Ben: accepted"]
    assert judged.parts.review_step.progress.text() == "2 of 12 vesicles checked by Ben."
    assert "Ada checked 2, Ben 2." in judged.parts.review_step.reviewers.text()
    press(qtbot, judged, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    press(qtbot, judged, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (said(judged, 1), said(judged, 2)) == (["Ada: accepted"], ["Ada: accepted"])
    press(
        qtbot, judged, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert said(judged, 1) == ["Ada: accepted", "Ben: rejected"]


def test_a_second_review_leads_through_what_the_first_checked(judged: MainWindow, qtbot: Any) -> None:
    parts, document = judged.parts, judged.workspace.document

    def walk() -> set[int]:
        document.select([])
        found = []
        for _ in range(len(document.vesicles)):
            press(qtbot, judged, Qt.Key.Key_N)
            found += document.selection
        return set(found)

    assert walk() == set(range(3, 13))
    judged.workspace.commands.run("review.own")
    assert walk() == set(range(1, 13))
    press(qtbot, judged, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    document.select([])
    assert (
        sorted(parts.vesicles.shown_ids())
        == sorted(judged.workspace.scene.ids.tolist())
        == list(range(1, 13))
    )
    judged.workspace.commands.run("review.own")
    assert (
        sorted(parts.vesicles.shown_ids())
        == sorted(judged.workspace.scene.ids.tolist())
        == list(range(3, 13))
    )


def test_what_people_differ_on_is_listed(judged: MainWindow, qtbot: Any) -> None:
    assert not judged.workspace.commands.action("review.disputed").isEnabled()
    judge(judged, qtbot, 1, Qt.Key.Key_D)
    judge(judged, qtbot, 3, Qt.Key.Key_A)
    assert "1 disputed" in judged.parts.review_step.reviewers.text()
    judged.parts.review_step.reviewers.linkActivated.emit("disputed")
    assert judged.inspector.currentWidget() is judged.parts.vesicles.view
    assert judged.parts.vesicles.shown_ids() == [1]
    filter_line = judged.parts.vesicles.view.filter
    for typed, found in (("ada", [1, 2]), ("ben: rejected", [1]), ("ben", [1, 3])):
        filter_line.clear()
        qtbot.keyClicks(filter_line, typed)
        assert sorted(judged.parts.vesicles.shown_ids()) == found
    filter_line.clear()


def test_colours_card_and_history_tell_who_it_was(judged: MainWindow, qtbot: Any) -> None:
    judge(judged, qtbot, 1, Qt.Key.Key_D)
    judge(judged, qtbot, 3, Qt.Key.Key_A)
    judged.workspace.state.change(colour_by="reviewer", show_rejected=True)
    scene = judged.workspace.scene
    colours = {v.id: style.colour for v, style in zip(scene.vesicles, scene.colouring.styles, strict=True)}
    assert [colours[n] for n in (1, 2, 3, 4)] == [DISPUTED_COLOUR, POOL_COLOURS[0], POOL_COLOURS[1], NO_POOL]
    assert scene.colouring.legend is not None
    assert [name for name, _c in scene.colouring.legend.entries] == [
        "Ada",
        "Ben",
        "disputed",
        "judged by nobody",
    ]
    judged.show_tab(judged.parts.card.view)
    judged.workspace.document.select([1])
    assert judged.parts.card.view.reason.text().endswith("Accepted by Ada, rejected by Ben (disputed).")
    judged.show_tab(judged.parts.history)
    QApplication.processEvents()
    lines = [judged.parts.history.list.item(row).text() for row in range(judged.parts.history.list.count())]
    assert lines[2:] == [
        "Accept vesicle 1 · Ada",
        "Accept vesicle 2 · Ada",
        "Reject vesicle 1",
        "Accept vesicle 3",
    ]


def test_numbers_are_counted_for_each_person(judged: MainWindow, qtbot: Any) -> None:
    judge(judged, qtbot, 1, Qt.Key.Key_D)
    judge(judged, qtbot, 3, Qt.Key.Key_A)
    found = Reviewers.of(judged.workspace.document.vesicles)
    assert found == Reviewers((("Ada", 2), ("Ben", 2)), 1, (1,))
    assert found.methods_sentence().startswith(
        "2 people judged the vesicles; of 1 vesicle that more than one"
    )

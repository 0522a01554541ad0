"""Sentences over the views: the same few widgets show all of them, however many there are."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.shell.notices import MOST, Notice, NoticeBar

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bar(qtbot: Any) -> NoticeBar:
    ground = QWidget()
    ground.resize(900, 600)
    qtbot.addWidget(ground)
    made = NoticeBar(ground)
    ground.show()
    qtbot.waitExposed(ground)
    return made


def test_thousands_of_sentences_make_no_more_widgets(bar: NoticeBar) -> None:
    def tell(numbers: range) -> None:
        for number in numbers:
            choices = [Choice(f"choice {n}", lambda: None) for n in range(number % 3)]
            bar.tell(("info", "warning", "error")[number % 3], f"sentence {number}", *choices)

    tell(range(20))
    objects = len(bar.findChildren(QObject))
    tell(range(20, 500))
    assert len(bar.findChildren(QObject)) == objects
    assert len(bar.findChildren(Notice)) == MOST + 1
    assert bar.sentences() == ["sentence 499", "sentence 498", "sentence 497"]
    assert [len(notice.buttons) for notice in bar.notices()] == [1, 0, 2]


def test_a_notice_that_is_shown_again_does_what_its_new_buttons_say(bar: NoticeBar, qtbot: Any) -> None:
    chosen: list[str] = []
    for name in "abcdefgh":
        first, second = (Choice(f"{name}{n}", partial(chosen.append, f"{name}{n}")) for n in (1, 2))
        bar.tell("warning", name, first, second)
    assert bar.sentences() == ["h", "g", "f"]
    for notice, which in zip(bar.notices(), (1, 0, 1), strict=True):
        button = notice.buttons[which]
        qtbot.waitUntil(lambda b=button: b.isVisible() and b.height() > 0)
        assert button.text() == f"{notice.sentence}{which + 1}"
        qtbot.mouseClick(button, LEFT)
    assert chosen == ["h2", "g1", "f2"]
    assert bar.sentences() == []
    qtbot.waitUntil(bar.isHidden)


def test_the_same_sentence_stands_once_and_the_newest_on_top(bar: NoticeBar) -> None:
    for sentence in ("one", "two", "one"):
        bar.tell("warning", sentence)
    assert bar.sentences() == ["one", "two"]
    first, second = bar.notices()
    assert bar.layout().indexOf(first) < bar.layout().indexOf(second)
    bar.clear()
    assert bar.sentences() == []


def test_what_asks_for_nothing_leaves_by_itself_and_what_does_stays(bar: NoticeBar) -> None:
    bar.tell("info", "told")
    (told,) = bar.notices()
    assert told._timer.isActive()
    told._timer.timeout.emit()
    assert bar.sentences() == []
    bar.tell("info", "asked", Choice("Go on", lambda: None))
    bar.tell("error", "wrong")
    assert not any(notice._timer.isActive() for notice in bar.notices())

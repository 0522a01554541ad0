"""Commands, forms, review order, run progress, error net: the parts that need no tomogram."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QDoubleSpinBox

from cryoves_app.domain.recipe import BUILT_IN, Recipe, parameters
from cryoves_app.ui.application import ErrorHook, start_window_log
from cryoves_app.ui.base import forms
from cryoves_app.ui.base.commands import Command, CommandRegistry, reason_disabled, tool_tip
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.forms import RecipeForm, label_of
from cryoves_app.ui.base.run_progress import RunProgress, clock
from cryoves_app.ui.dialogs.help_window import PAGES, HelpWindow
from cryoves_app.ui.dialogs.shortcuts import shortcut_page
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.tools.select import SelectTool
from cryoves_app.ui.tools.tool_box import ToolBox, gestures
from cryoves_app.ui.viewers.tool import Tool

from .helpers import PATIENCE_MS


@pytest.fixture
def registry(qapp: QApplication) -> CommandRegistry:
    return CommandRegistry()


def nothing() -> None:
    """A command that does nothing."""


def test_a_command_becomes_action_tool_tip_and_search_result(registry: CommandRegistry) -> None:
    done = []
    registry.add(
        Command(
            key="a",
            text="Open…",
            run=lambda: done.append(1),
            menu="File",
            shortcuts=("Ctrl+O",),
            hint="Brings a file",
        )
    )
    registry.action("a").trigger()
    assert done == [1]
    assert tool_tip(registry["a"]) == "Open (Ctrl+O)\nBrings a file"
    lacking = tool_tip(registry["a"], can_be_used=False)
    assert lacking == f"Open (Ctrl+O)\nBrings a file\nNot now: {reason_disabled(registry['a'])}"
    assert [c.key for c in registry.search("brings op")] == ["a"]
    assert "Ctrl+O" in shortcut_page(registry, ())


def test_a_disabled_command_does_nothing_and_says_what_it_needs(registry: CommandRegistry) -> None:
    done = []
    registry.add(Command(key="a", text="Split", run=lambda: done.append(1), enabled=lambda: False))
    registry.refresh()
    registry.run("a")
    assert not registry.action("a").isEnabled()
    assert [c.key for c in registry.search("split")] == ["a"]
    assert reason_disabled(registry["a"]) == "not possible now"
    assert not done


def test_a_command_is_found_by_what_means_the_same(registry: CommandRegistry) -> None:
    def add(key: str, text: str, *, possible: bool = True) -> None:
        registry.add(Command(key=key, text=text, run=lambda: None, enabled=lambda: possible))

    add("reject", "Reject")
    add("merge", "Merge", possible=False)
    add("contrast", "Contrast as opened")
    assert [c.key for c in registry.search("delete")] == ["reject"]
    assert [c.key for c in registry.search("bright")] == ["contrast"]
    assert [c.key for c in registry.search("join")] == ["merge"]
    assert [c.key for c in registry.search("")] == [
        "contrast",
        "reject",
        "merge",
    ]  # what can't be used comes last
    assert registry.search("xyzzy") == []


def test_keys_and_names_are_given_once(registry: CommandRegistry) -> None:
    registry.add(Command(key="a", text="A", run=nothing, shortcuts=("A",)))
    with pytest.raises(ValueError, match="belongs to a"):
        registry.add(Command(key="b", text="B", run=nothing, shortcuts=("A",)))
    with pytest.raises(ValueError, match="two commands"):
        registry.add(Command(key="a", text="Again", run=nothing))


class Loupe(Tool):
    """A tool that says all of itself."""

    name = "loupe"
    title = "Look closely"
    icon = "magnify"
    shortcut = "Q"
    hint = "Click to magnify"
    gestures = (("click", "Magnify what is there"),)


def test_a_tool_describes_itself(registry: CommandRegistry) -> None:
    loupe, other = Loupe(), SelectTool(Document())
    tools = ToolBox((other, loupe), SelectTool.name)
    registry.add(*tools.commands(lambda: True))
    registry.run("tool.loupe")
    assert tools.current is loupe
    assert [registry.action(f"tool.{name}").isChecked() for name in ("select", "loupe")] == [False, True]
    assert tool_tip(registry["tool.loupe"]) == "Look closely (Q)\nClick to magnify"
    assert ("Loupe: click", "Magnify what is there") in gestures(tools)
    assert "Magnify what is there" in shortcut_page(registry, gestures(tools))


def test_every_tool_of_the_window_says_how_it_is_used(window: MainWindow) -> None:
    for tool in window.parts.tools:
        assert all((tool.name, tool.title, tool.icon, tool.shortcut, tool.hint)), tool.name
    assert "Shift + wheel" in shortcut_page(window.workspace.commands, gestures(window.parts.tools))


def test_every_key_of_the_window_is_documented(window: MainWindow) -> None:
    page = shortcut_page(window.workspace.commands, gestures(window.parts.tools))
    for words in (
        "Accept",
        "Reject",
        "Undo",
        "Redo",
        "Next doubtful vesicle",
        "Ctrl + wheel",
        "Fit again",
        "Lasso",
        "Add by points on the rim",
        "Only unchecked vesicles",
        "Checked or not",
        "Tag “tag 9”",
        "Mouse in 3D",
        "Ctrl: a box",
    ):
        assert words in page


def test_the_form_shows_every_parameter_with_help_and_unit(qtbot: Any) -> None:
    form = RecipeForm()
    qtbot.addWidget(form)
    for section in forms.SECTIONS:
        for field in parameters(getattr(Recipe(), section)):
            editor = form.editor(section, field.name)
            assert editor.toolTip() == field.metadata["help"]
            if isinstance(editor, QDoubleSpinBox):
                assert editor.suffix().strip() == field.metadata["unit"]


@pytest.mark.parametrize("name", list(BUILT_IN))
def test_showing_a_recipe_changes_nothing_in_it(qtbot: Any, name: str) -> None:
    form = RecipeForm()
    qtbot.addWidget(form)
    with qtbot.assertNotEmitted(form.changed):
        form.set_recipe(BUILT_IN[name])
    for section in forms.SECTIONS:
        for field in parameters(getattr(Recipe(), section)):
            shown = form.value(section, field.name)
            assert shown == pytest.approx(getattr(getattr(BUILT_IN[name], section), field.name), abs=1e-5)


def test_a_changed_value_is_marked_and_can_be_reset(qtbot: Any) -> None:
    form = RecipeForm()
    qtbot.addWidget(form)
    form.show()
    with qtbot.waitSignal(form.changed):
        form.editor("input", "expected_radius_nm").setValue(25.0)  # type: ignore[attr-defined]
    assert form.recipe.input.expected_radius_nm == 25.0
    assert form.changed_count == 1
    button = form.reset_button("input", "expected_radius_nm")
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert form.recipe == Recipe()
    assert form.changed_count == 0


def test_labels_read_well() -> None:
    assert label_of("expected_radius_nm") == "Expected radius"
    assert label_of("p_cut") == "p-value cut"
    assert label_of("defocus_um") == "Defocus"


def test_a_unit_stands_behind_its_value(qtbot: Any) -> None:
    form = RecipeForm()
    qtbot.addWidget(form)
    assert form.editor("fit", "defocus_um").suffix() == " µm"  # type: ignore[attr-defined]
    assert form.editor("fit", "tilt_range_deg").suffix() == " °"  # type: ignore[attr-defined]


def test_time_left_is_told_from_what_is_done() -> None:
    progress = RunProgress(started_at=100.0)
    progress.report("rescale", 0.1)
    assert progress.seconds_left(101.0) is None
    progress.finish("rescale", 2.0)
    progress.report("network", 0.5)
    left = progress.seconds_left(120.0)
    assert left is not None
    assert left == pytest.approx(20 * (1 - progress.fraction) / progress.fraction)
    assert progress.sentence(120.0).startswith("Network 50 % · 0:")
    assert (clock(41), clock(3723)) == ("0:41", "1:02:03")


def test_an_unexpected_error_becomes_a_dialog_with_details_and_the_window_lives(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    log_file = start_window_log(tmp_path)
    net = ErrorHook(log_file, window)
    try:
        raise RuntimeError("the flux is reversed")
    except RuntimeError:
        kind, error, trace = sys.exc_info()
        assert kind is not None
        assert error is not None
        net.catch(kind, error, trace)
    dialog = net.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible, timeout=PATIENCE_MS)
    assert "goes on" in dialog.text()
    assert "Traceback" not in dialog.text() + dialog.informativeText()
    assert "the flux is reversed" in dialog.detailedText()
    assert "Traceback" in log_file.read_text(encoding="utf-8")
    dialog.close()
    assert window.isVisible()


def test_want_of_memory_that_nobody_expected_is_told_as_that(window: MainWindow, tmp_path: Path) -> None:
    net = ErrorHook(start_window_log(tmp_path), window)
    net.catch(RuntimeError, RuntimeError("std::bad_alloc"), None)
    assert net.dialog is not None
    assert net.dialog.informativeText().startswith(
        "There is not enough memory for this; close other programs"
    )
    net.dialog.close()


def test_reasons_of_greyed_entries_do_not_ask_for_what_is_there(open_window: MainWindow) -> None:
    commands = open_window.workspace.commands
    commands.refresh()
    reasons = {c.key: reason_disabled(c) for c in commands if not c.enabled()}
    assert reasons["run.cancel"] == "nothing is being segmented"
    assert reasons["view.probability"] == "needs the network's map, which a run makes"
    asking = [key for key, reason in reasons.items() if reason.startswith("needs an open tomogram")]
    assert asking == [
        "view.screenshot",
        "run.find_outlines",
    ]  # without OpenGL, and without a model of regions
    assert reasons["vesicle.next"] == reasons["view.plots"] == "needs vesicles"
    assert "Not now: nothing is being segmented" in commands.action("run.cancel").toolTip()
    assert "Not now" not in commands.action("run.segment").toolTip()


def test_help_has_all_pages_and_their_pictures(window: MainWindow, qtbot: Any) -> None:
    window.workspace.commands.run("help.help")
    (page,) = window.findChildren(HelpWindow)
    qtbot.waitUntil(page.isVisible, timeout=PATIENCE_MS)
    for file, _title in PAGES:
        page.open_page(file)
        assert len(page.page.toPlainText()) > 200
        for picture in _pictures(page.folder / file):
            assert (page.folder / picture).is_file()
            shown = page.page.document().resource(
                QTextDocument.ResourceType.ImageResource, QUrl.fromLocalFile(str(page.folder / picture))
            )
            widest = round(page.page.viewport().width() * page.devicePixelRatioF())
            assert 0 < shown.width() <= widest  # scaled beforehand: the page would tear letters
        assert page.page.horizontalScrollBar().maximum() == 0  # pictures are as wide as the page at most
    page.close()


def _pictures(file: Path) -> list[str]:
    import re

    return re.findall(r"!\[.*?\]\((.*?)\)", file.read_text(encoding="utf-8"))

"""Pictures of the windows that the menu Run opens, for the help."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

Wait = Callable[..., None]
Save = Callable[[Any, str], None]
#: Of a queue that has some tomograms behind and some before it.
_TOMOGRAMS = ("control_01", "control_02", "treated_01", "treated_02")
#: How often it is zoomed in until a link can be seen.
_CLOSER = 5


def take_dialogs(parts: Any, folder: Path, wait: Wait, save: Save) -> None:
    """Links, models, training and queue of the sample, which is segmented and has its regions."""
    save(picture_of_links(parts, wait), "links")
    save(picture_of_models(parts, wait), "models")
    save(picture_of_training(parts, folder, wait), "train")
    save(picture_of_queue(parts, folder, wait), "queue")
    parts.workspace.document.select([])
    parts.views.show_all()


def picture_of_links(parts: Any, wait: Wait) -> Any:
    """The list, with one of them chosen, beside the slice that it was flown to."""
    parts.workspace.commands.run("run.links")
    panel = parts.links.panel
    panel.view.share.setValue(1.0)  # all gaps: there may be no sure link in the sample
    panel.find()
    wait(lambda: panel.made is not None and not panel.work.running, 120)
    view = panel.view
    view.resize(700, 420)
    view.list.setCurrentItem(view.list.topLevelItem(3))
    wait(lambda: False, 1.5)  # the flight there
    for _ in range(_CLOSER):
        parts.workspace.commands.run("view.zoom_in")
    wait(lambda: False, 2.0)
    picture = beside(next(iter(parts.views.slices.values())), view)
    view.close()
    return picture


def picture_of_models(parts: Any, wait: Wait) -> Any:
    """The list of models with the card of the bundled one."""
    parts.workspace.commands.run("run.models")
    wait(lambda: False, 1.0)
    picture = parts.models.view.grab()
    parts.models.view.close()
    return picture


def picture_of_training(parts: Any, folder: Path, wait: Wait) -> Any:
    """What would be learned from two corrected projects."""
    dataset = folder / "corrected"
    dataset.mkdir()
    for name in _TOMOGRAMS[:2]:
        tomogram = dataset / f"{name}.mrc"
        shutil.copy(_sample(), tomogram)
        shutil.copy(_sample().with_name("sample_truth.csv"), dataset / f"{name}_truth.csv")
    parts.workspace.commands.run("run.train")
    view = parts.training.view
    parts.training._use((dataset,))
    wait(lambda: view.train.isEnabled(), 60)
    wait(lambda: False, 1.0)
    picture = view.grab()
    view.close()
    return picture


def picture_of_queue(parts: Any, folder: Path, wait: Wait) -> Any:
    """A queue in the middle of its work: one tomogram finished, one running, others waiting."""
    tomograms = folder / "tomograms"
    tomograms.mkdir()
    parts.workspace.commands.run("run.queue")
    queue = parts.queue
    for name in _TOMOGRAMS:
        shutil.copy(_sample(), tomograms / f"{name}.mrc")
        queue.view.condition.setText(name.partition("_")[0])
        queue.add([tomograms / f"{name}.mrc"])
        wait(lambda: False, 0.5)
    wait(lambda: "to review" in queue.view.words.text() and "running" in queue.view.words.text(), 180)
    wait(lambda: False, 1.0)
    queue.view.resize(860, 420)
    queue.view.results.clear()
    wait(lambda: False, 1.0)
    picture = queue.view.grab()
    queue.view.pause.click()  # the others are not needed
    wait(lambda: "running" not in queue.view.words.text(), 300)
    queue.view.close()
    return picture


def beside(left: Any, right: Any) -> Any:
    """Two widgets side by side in one picture."""
    from PySide6.QtGui import QPainter, QPixmap

    pictures = left.grab(), right.grab()
    both = QPixmap(sum(p.width() for p in pictures) + 12, max(p.height() for p in pictures))
    both.fill("#1b1e21")
    painter = QPainter(both)
    painter.drawPixmap(0, 0, pictures[0])
    painter.drawPixmap(pictures[0].width() + 12, 0, pictures[1])
    painter.end()
    return both


def _sample() -> Path:
    from cryoves_app.domain.resources import resource_path

    return resource_path("sample") / "sample.mrc"

"""Finds the links of the open project in a thread, shows them in list and views, and saves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.reading import exists
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.placing import place_at_right_edge
from cryoves_app.ui.base.watched_work import WatchedWork
from cryoves_app.ui.panels.links.comparing import LinkComparing
from cryoves_app.ui.panels.links.preview import PREVIEW_STEPS, LinkPreview, PreviewAsked
from cryoves_app.ui.panels.links.search import LinksAsked, LinksMade, made_links, shown_of
from cryoves_app.ui.panels.links.view import LinksView
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.link_layer import ShownLinks
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.links.names import ANY_LINK_FILES
from cryoves_app.workflow.project.actions.links import judge_links

if TYPE_CHECKING:  # loads libraries for which the window's start does not wait
    pass

LINKS_FOLDER = "links"
_STALE = "Vesicles or regions have changed since: look for links again to see what becomes of them."
_NOTHING_YET = "Links have not been looked for yet."


class LinksPresenter(QObject):
    """One search at a time. What is judged is a step of the project's history."""

    def __init__(self, workspace: Workspace, projects: ProjectController, links: ShownLinks) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._links = workspace, projects, links
        self.view: LinksView | None = None
        self.made: LinksMade | None = None
        self._is_flying = False
        self.preview = LinkPreview(self, links, self._asked_of_preview, self._tell)
        self.comparing = LinkComparing(
            self, lambda: self.made.found.source if self.made else None, self._show_compared, self._tell
        )
        self.work = WatchedWork(self)
        self.work.progressed.connect(self._show_progress)
        self.work.ended.connect(self._show_stopped)
        workspace.document.volume_changed.connect(self._forget)
        workspace.document.selection_changed.connect(self._mark_selected)
        workspace.document.vesicles_changed.connect(self._say_stale)
        projects.changed.connect(self._show_judgements)

    def commands(self) -> list[Command]:
        """Links."""
        return [
            Command(
                key="run.links",
                text="Links…",
                run=lambda: self.open(self._workspace.window),
                menu="Run",
                icon="vector-line",
                enabled=lambda: self._projects.session is not None,
                hint="Find connectors between vesicles and tethers to the active zone",
                needs="needs an open project",
            )
        ]

    def open(self, parent: QWidget | None) -> None:
        """Show the window; nothing is looked for before it is asked for."""
        if self.view is None:
            self.view = view = LinksView(parent)
            place_at_right_edge(view)
            view.share.setValue(0.5)
            view.search_wanted.connect(self.find)
            view.cancel_wanted.connect(self.work.cancel)
            view.save_wanted.connect(self._ask_where)
            view.folder_to_compare.triggered.connect(
                lambda: self.comparing.ask_for_folder(self.view, self._home())
            )
            view.file_to_compare.triggered.connect(
                lambda: self.comparing.ask_for_file(self.view, self._home())
            )
            view.zone_wanted.connect(self._find_zone)
            view.pair_chosen.connect(self._fly_to_pair)
            view.link_chosen.connect(self._fly)
            view.kind_chosen.connect(self._show_list)
            view.preview_wanted.connect(self.preview.work.ask)
            view.accept_wanted.connect(lambda: self.judge(Status.ACCEPTED))
            view.reject_wanted.connect(lambda: self.judge(Status.REJECTED))
            view.closed.connect(self._links.clear)
            for keys, run in (
                (QKeySequence(Qt.Key.Key_Delete), lambda: self.judge(Status.REJECTED)),
                (QKeySequence(Qt.Key.Key_A), lambda: self.judge(Status.ACCEPTED)),
                (QKeySequence(QKeySequence.StandardKey.Undo), self._projects.undo),
                (QKeySequence(QKeySequence.StandardKey.Redo), self._projects.redo),
            ):
                QShortcut(keys, view, run)
            view.show_nothing(_NOTHING_YET)
        self.view.show()
        self.view.raise_()
        if self.made is not None:
            self._show(self.made)

    def _find_zone(self) -> None:
        """In the main window, whose slices are clicked."""
        window = self._workspace.window
        if window is not None:
            window.raise_()
            window.activateWindow()
        self._workspace.commands.run("tool.membrane")

    # -- finding

    def find(self) -> None:
        """Look for links in the project as it is now."""
        view, session, volume = self.view, self._projects.session, self._workspace.document.volume
        if view is None or self.work.running:
            return
        if session is None or volume is None:
            view.show_nothing("Open a tomogram or a project first.")
            return
        self.preview.work.forget()
        self._links.clear()
        self.made = None
        name = Path(session.project.tomogram.absolute_path).stem
        asked = LinksAsked(
            session.project,
            volume.with_voxel_size(session.project.tomogram.voxel_size_nm),
            name,
            view.by_pyto,
            view.thresholds.text(),
            view.share.value(),
            self.comparing.other,
        )
        view.show_work("Looking for links…", 0.0)
        self.work.start("Links", lambda progress: made_links(asked, progress), self._show, view.show_nothing)

    def _asked_of_preview(self) -> PreviewAsked | None:
        view, session, volume = self.view, self._projects.session, self._workspace.document.volume
        if view is None or session is None or volume is None or self.work.running:
            return None
        sized = volume.with_voxel_size(session.project.tomogram.voxel_size_nm)
        return PreviewAsked(
            session.project, sized, view.thresholds.text(), view.level.value() / PREVIEW_STEPS
        )

    def _tell(self, words: str) -> None:
        if self.view is not None:
            self.view.words.setText(words)

    def _show_progress(self, words: str, fraction: float) -> None:
        if self.view is not None and self.work.running:
            self.view.show_work(words, fraction)

    def _show_stopped(self) -> None:
        if self.view is not None and self.made is None:
            self.view.show_nothing("Stopped.")

    def _forget(self) -> None:
        """Another tomogram has other links."""
        self.work.cancel()
        self.preview.forget()
        self.comparing.forget()
        self.made = None
        if self.view is not None:
            self.view.show_nothing(_NOTHING_YET)

    def _say_stale(self) -> None:
        """Links are those of the vesicles as they were."""
        if self.made is None or self.view is None:
            return
        then = {v.id: v.sphere for v in self.made.found.source.vesicles}
        now = {v.id: v.sphere for v in for_export(self._workspace.document.vesicles)}
        session = self._projects.session
        regions = session.project.regions if session else self.made.regions
        stale = "" if (then, self.made.regions) == (now, regions) else _STALE
        self.view.show_notes("\n".join(filter(None, [self.made.notes, stale])))

    # -- showing

    def _show(self, made: LinksMade) -> None:
        self.made = made
        if self.view is not None:
            self.view.find_zone.setVisible(made.found.source.zone_id is None)
            self.view.show_found(made.words, made.notes, made.methods)
            self._say_stale()
            self.view.show_vesicles(made.vesicles)
            self.view.zones.show_zones(made.zones)
            self.view.plots.show_figure(made.figure, made.figure_words)
            self.view.show_compared(made.compared.sentence if made.compared else "", made.pairs)
            self._show_list()

    def _show_list(self) -> None:
        """Of the kind that is wanted."""
        if self.made is None or self.view is None:
            return
        wanted = self.view.kind.currentData()
        rows = [row for row in self.made.rows if not wanted or wanted in (row.kind, row.named_by)]
        self.view.show_links(rows)
        seen = {row.number for row in rows if not row.is_rejected}
        current = self._links.current.number if self._links.current else None
        self._links.show_bodies([b for b in self.made.bodies if b.number in seen], current)

    def _fly(self, number: int) -> None:
        """To a link: its vesicles are selected."""
        if self.made is None:
            return
        found, document = self.made.found, self._workspace.document
        link = found.links[number - 1]
        self._links.look_at(number)
        self._is_flying = True  # what the list chose stays chosen there
        document.select([i for end in link.ends if (i := found.source.id_of(end))])
        self._is_flying = False
        document.fly_to_place(link.centre_px)

    def _mark_selected(self) -> None:
        """The links of the vesicle that is selected in the views, in the list."""
        chosen = set(self._workspace.document.selection)
        if self.made is None or self.view is None or self._is_flying or len(chosen) != 1:
            return
        found = self.made.found
        ends = {n: {found.source.id_of(end) for end in link.ends} for n, link in enumerate(found.links, 1)}
        self.view.mark({n for n, ids in ends.items() if ids & chosen})

    # -- beside another program

    def _show_compared(self) -> None:
        """With the other program's links that were just read; the tab tells."""
        if self.made is not None and self.view is not None:
            self._show(shown_of(self.made.found, self.made.regions, self.comparing.other))
            self.view.tabs.setCurrentWidget(self.view.compared)

    def _fly_to_pair(self, place: int) -> None:
        """To a pair of the comparison, whoever named it: to its first link, or to its vesicles."""
        if self.made is None or self.made.compared is None:
            return
        found, other = self.made.found, self.made.compared.other
        pair = self.made.compared.pairs[place]
        if pair.here:
            self._fly(pair.here[0])
            return
        document = self._workspace.document
        ends = [v for v in document.vesicles if v.id in (pair.ends or ())]
        document.select([v.id for v in ends])
        centre = other.centre_px(pair.there[0]) or _between(ends, found.source.volume.voxel_size_nm)
        if centre is not None:
            document.fly_to_place(centre)

    # -- judging

    def judge(self, status: Status) -> None:
        """Accept or reject the links that are chosen in the list; where all of them are, take that back."""
        if self.made is None or self.view is None or not self.view.chosen:
            return
        found, chosen = self.made.found, self.view.chosen
        known = {found.judged[n].status if n in found.judged else None for n in chosen}
        wanted = None if known == {status} else status
        places, by = [found.places[n - 1] for n in chosen], self._projects.reviewer
        self._projects.edit(lambda project: judge_links(project, places, wanted, by))

    def _show_judgements(self) -> None:
        """As they are in the project now, whoever took the step."""
        session = self._projects.session
        if self.made is None or session is None:
            return
        self._say_stale()
        now = session.project.link_judgements
        if now != self.made.found.judgements:
            self._show(
                shown_of(replace(self.made.found, judgements=now), self.made.regions, self.comparing.other)
            )

    # -- out

    def _ask_where(self) -> None:
        if self.made is None:
            return
        start = str(Path(self._home()) / LINKS_FOLDER)
        name = QFileDialog.getExistingDirectory(self.view, "Save the links in a folder", start)
        if name:
            self.save(Path(name))

    def _home(self) -> str:
        home = self._projects.proposed_home()
        return str(home.parent) if home else ""

    def save(self, folder: Path) -> None:
        """Write all files; asks before it replaces earlier ones."""
        if self.made is None or self.view is None:
            return
        if any(exists(folder / name) for name in ANY_LINK_FILES):
            answer = QMessageBox.question(
                self.view, "Links", f"{folder} holds links already. Replace the files?"
            )
            if answer != QMessageBox.StandardButton.Yes:
                return
        found, compared = self.made.found, self.made.compared

        def write() -> int:
            from cryoves_app.workflow.links.tables import write_links

            return len(write_links(found, folder, force=True, compared=compared))

        run_in_background(
            write,
            lambda count: self._workspace.tell_briefly(f"{count} files of the links saved in {folder}."),
            owner=self,
        )


def _between(vesicles: Sequence[Vesicle], size_nm: float) -> Position | None:
    """The middle of their centres in voxels."""
    if not vesicles:
        return None
    places = [v.sphere.centre_nm for v in vesicles]
    z, y, x = (sum(axis) / len(vesicles) / size_nm for axis in zip(*places, strict=True))
    return z, y, x

"""All that works on the open project and has nothing to show: made and linked once."""

from __future__ import annotations

from cryoves_app.storage.temporary import local_folder
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.item_job import ItemJob
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.base.recompute import stop_everything
from cryoves_app.ui.base.tag_names import TagNames
from cryoves_app.ui.project.companions import CompanionVolumes
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.project.fitting import FitService
from cryoves_app.ui.project.measuring import MeasureRefresher
from cryoves_app.ui.project.opening import Opener
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.remeasuring import Remeasurer
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.thumbnails import ThumbnailStore
from cryoves_app.ui.project.workspace import Workspace


class Services:
    """What panels and tools are given; panels can be tried with it without a window."""

    def __init__(self, preferences: PreferenceFile | None = None) -> None:
        self.workspace = w = Workspace(preferences)
        self.scratch = local_folder()
        self.projects = ProjectController(w)
        self.opener = Opener(w, self.projects)
        self.thumbnails = ThumbnailStore(w)
        self.editor = VesicleEditor(w.document, self.projects)
        self.job = ItemJob(w)
        self.fitting = FitService(w, self.editor, self.job)
        self.measuring = MeasureRefresher(self.projects)
        self.remeasuring = Remeasurer(self.projects, self.fitting, self.job)
        self.volumes = CompanionVolumes(w, self.projects)
        self.tags = TagNames(w.preferences)
        self.bridge = JobBridge(parent=w)
        self.run = SegmentRun(w, self.bridge, self.projects, self.volumes, self.scratch.path)
        self.opener.opened.connect(self.thumbnails.keep)

    def close(self) -> None:
        """Let go of the project, of all that is being computed, and of the worker process."""
        self.projects.close()
        stop_everything()
        self.bridge.close()
        self.scratch.close()

"""Commands about networks."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.units import nm_from_angstrom
from cryoves_app.network.model_store import CARD, Model
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.panels.models.presenter import ModelsPresenter
from cryoves_app.ui.panels.training.adapt_presenter import AdaptPresenter
from cryoves_app.ui.panels.training.improve_presenter import ImprovePresenter
from cryoves_app.ui.panels.training.presenter import TrainingPresenter
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.common.model_admin import import_model

FILTER = f"Network weights or a model's card (*.h5 *.hdf5 *.keras {CARD});;All files (*)"
#: The voxel size that the published networks were trained on.
TRAINED_AT_ANGSTROM = 22.0


def ask_for_model(workspace: Workspace, run: SegmentRun) -> None:
    """Ask for a file of weights and keep it; a folder of a model is known by its card."""
    name, _ = QFileDialog.getOpenFileName(workspace.window, "Import a model", "", FILTER)
    if name:
        path = Path(name)
        take_model(path.parent if path.name == CARD else path, workspace, run)


def model_commands(
    workspace: Workspace,
    run: SegmentRun,
    models: ModelsPresenter,
    training: TrainingPresenter,
    improving: ImprovePresenter,
    adapting: AdaptPresenter,
) -> list[Command]:
    """Look at networks, and bring in others."""
    return [
        Command(
            key="run.models",
            text="Models…",
            run=lambda: models.open(workspace.window),
            menu="Run",
            hint="The networks of this computer: cards, default, export, delete",
            separated=True,
        ),
        Command(
            key="run.improve",
            text="Improve with my corrections…",
            run=lambda: improving.open(workspace.window),
            menu="Run",
            enabled=lambda: improving.possible,
            hint="Teaches the network what you added, corrected and rejected, and shows what it would change",
        ),
        Command(
            key="run.adapt",
            text="Adapt to this tomogram…",
            run=lambda: adapting.open(workspace.window),
            menu="Run",
            enabled=lambda: adapting.possible,
            hint="Experimental: the network learns, without labels, from what the fits accept and reject",
            needs="needs an open tomogram with its voxel size",
        ),
        Command(
            key="run.train",
            text="Train a model…",
            run=lambda: training.open(workspace.window),
            menu="Run",
            hint="Teaches a network on corrected projects, models, labels or tables; the window stays usable",
        ),
        Command(
            key="run.import_model",
            text="Import a model…",
            run=lambda: ask_for_model(workspace, run),
            menu="Run",
            icon="import",
            hint="Published CryoVesNet weights (.h5)",
            enabled=lambda: not run.running,
            needs="not while a tomogram is segmented",
        ),
    ]


def take_model(file: Path, workspace: Workspace, run: SegmentRun) -> None:
    """Keep a weight file under its own name, and choose it."""
    name = model_name(file)

    def show(model: Model) -> None:
        run.find_models()
        run.choose_model(model.name)
        workspace.tell("done", f"The model “{model.name}” was imported and is chosen under Segment.")

    voxel_size_nm = nm_from_angstrom(TRAINED_AT_ANGSTROM)
    run_in_background(
        lambda: import_model(file, name, voxel_size_nm, force=False),
        show,
        lambda sentence: workspace.tell("error", sentence),
        run,
    )


def model_name(file: Path) -> str:
    """A name that the model folder can have, from the file's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip("-._") or "imported"

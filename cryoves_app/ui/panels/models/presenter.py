"""What the window of the models lists, and does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from cryoves_app.network.model_store import Model
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.panels.models.view import ModelLine, ModelsView
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.common.model_admin import delete_model, export, set_standard_model, standard_model
from cryoves_app.workflow.common.model_card import card_entries, score_text

_KINDS = "Model folder to share (*);;ONNX (*.onnx);;Keras weights (*.h5)"


class ModelsPresenter(QObject):
    """One window for the models; ``take`` asks for a file to import, ``try_box`` tries all on a box."""

    def __init__(
        self, workspace: Workspace, run: SegmentRun, take: Callable[[], None], try_box: Callable[[], None]
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._run, self._take, self._try_box = workspace, run, take, try_box
        self.view: ModelsView | None = None
        run.models_changed.connect(self._show)

    def open(self, parent: QWidget | None) -> None:
        """Show the models of this computer as they are now."""
        if self.view is None:
            self.view = view = ModelsView(parent)
            view.chosen.connect(self._show_card)
            view.import_wanted.connect(self._take)
            view.export_wanted.connect(self._ask_where)
            view.delete_wanted.connect(self._ask_delete)
            view.standard_wanted.connect(self._make_standard)
            view.use_wanted.connect(self._use)
            view.trial_wanted.connect(self._try_box)
        self._run.find_models()
        self.view.show()
        self.view.raise_()

    def _show(self) -> None:
        if self.view is None:
            return
        standard = standard_model()
        lines = [_line(m, is_standard=m.name == standard) for m in self._run.models.values()]
        self.view.show_models(lines, self.view.current or self._run.choices.model)
        self.view.show_trial(possible=self._run.missing() is None)

    def _show_card(self, name: str) -> None:
        model = self._run.models.get(name)
        if self.view is not None and model is not None:
            self.view.show_card(card_entries(model))

    def _use(self, name: str) -> None:
        self._run.choose_model(name)
        self._workspace.tell_briefly(f"“{name}” is chosen under Segment.")

    def _do(self, work: Callable[[], object], sentence: str) -> None:
        """Something that changes the list."""

        def done(_result: object) -> None:
            self._run.find_models()
            self._workspace.tell_briefly(sentence)

        run_in_background(work, done, lambda text: self._workspace.tell("error", text), self)

    def _make_standard(self, name: str) -> None:
        self._do(lambda: set_standard_model(name), f"“{name}” is used for new tomograms from now on.")

    def _ask_delete(self, name: str) -> None:
        question = (
            f"Remove the model “{name}” from this computer? This cannot be undone. Results made with it stay."
        )
        answer = QMessageBox.question(self.view, "Delete a model", question)
        if answer == QMessageBox.StandardButton.Yes:
            self._do(lambda: delete_model(name), f"The model “{name}” is removed.")

    def _ask_where(self, name: str) -> None:
        # the dialog has asked whether to replace what is there
        chosen, _ = QFileDialog.getSaveFileName(self.view, "Export a model", name, _KINDS)
        if chosen:
            self._do(lambda: export(name, Path(chosen), force=True), f"“{name}” is written to {chosen}.")


def _line(model: Model, *, is_standard: bool) -> ModelLine:
    where = "comes with CryoVes" if model.bundled else "your own"
    use = "regions" if model.finds_regions else "vesicles"
    use += ", by default" if is_standard else ""
    size = f"{model.voxel_size_nm:g} nm"
    cells = (model.name, use, where, size, score_text(model), model.weights_hash[:12])
    return ModelLine(model.name, cells, model.bundled, is_standard, model.finds_regions)

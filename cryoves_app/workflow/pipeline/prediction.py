"""The network's step of a run: probability maps from inputs, on whatever engine there is."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.arrays import Grey, Mask, Probability
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import NetworkSettings
from cryoves_app.network.engines import create_engine
from cryoves_app.network.engines.base import Engine
from cryoves_app.network.model_store import Model
from cryoves_app.network.tiling import predict_volume
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.grey_values import InputFiles
from cryoves_app.workflow.pipeline.step_cache import StepCache


class Predictor:
    """Runs one model; the engine is made when it is first needed, and kept until it is released.

    ``notes`` are what engines had to say, each once.
    """

    def __init__(
        self, model: Model, settings: NetworkSettings, options: EngineOptions, cache: StepCache
    ) -> None:
        self._model, self._settings, self._options, self._cache = model, settings, options, cache
        self._engine: Engine | None = None
        self.notes: list[str] = []

    def predict(self, files: InputFiles, mask: Mask | None, path: Path, progress: Progress) -> Engine:
        """Write a probability map, 0 where ``mask`` is, on the network's grid; what computed it."""
        with self._cache.writing(path, files.grid.shape) as out:
            return self.predict_array(files.load_image(), out, progress, mask=mask)

    def predict_array(
        self, image: Grey, out: Probability, progress: Progress, *, mask: Mask | None = None
    ) -> Engine:
        """The same for arrays."""
        engine = self._running_engine()
        predict_volume(
            engine,
            image,
            out,
            context_px=self._settings.context_px * engine.architecture.fold,
            face_mode=self._settings.face_mode,
            face_padding_px=self._settings.face_padding_px,
            flips=self._settings.flips,
            mask=mask,
            progress=progress,
        )
        self._hear(engine)
        return engine

    @property
    def precision(self) -> str:
        """The precision that was asked for."""
        return self._options.precision

    def release(self) -> None:
        """Give the memory of the last tile back."""
        self._engine = None

    def _running_engine(self) -> Engine:
        if self._engine is None:
            options = self._options
            self._engine = create_engine(
                self._model, options.engine, options.device, options.threads, options.precision
            )
            self._hear(self._engine)
        return self._engine

    def _hear(self, engine: Engine) -> None:
        """Keep what the engine has to say, which may come during the run."""
        if engine.note and engine.note not in self.notes:
            self.notes.append(engine.note)

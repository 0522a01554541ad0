"""What some tests need that not every installation has: ``packaging/dev.py test --bare`` runs without."""

from __future__ import annotations

import importlib.util

import pytest


def _installed(*packages: str) -> bool:
    return all(importlib.util.find_spec(name) is not None for name in packages)


needs_training = pytest.mark.skipif(
    not _installed("tensorflow", "keras", "csbdeep"), reason="training is not installed"
)
needs_onnxruntime = pytest.mark.skipif(not _installed("onnxruntime"), reason="ONNX Runtime is not installed")
needs_window = pytest.mark.skipif(not _installed("PySide6"), reason="the window is not installed")

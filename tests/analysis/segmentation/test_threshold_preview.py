"""What a threshold would give."""

from __future__ import annotations

import numpy as np

from cryoves_app.analysis.segmentation.threshold_preview import instances_at


def test_preview_counts_the_instances_of_a_threshold() -> None:
    probability = np.zeros((10, 20, 20), dtype=np.float32)
    probability[2:5, 2:6, 2:6] = 0.95
    probability[2:5, 10:14, 10:14] = 0.8
    probability[8, 1, 1] = 0.99
    labels, count = instances_at(probability, 0.5, smallest=10)
    assert count == 2
    assert set(np.unique(labels)) == {0, 1, 2}
    assert instances_at(probability, 0.9, smallest=10)[1] == 1

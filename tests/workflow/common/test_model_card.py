from __future__ import annotations

from cryoves_app.domain.resources import resource_path
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.common.model_card import card_entries


def test_entries_have_their_units_behind_them() -> None:
    entries = card_entries(load_model(resource_path("region_models", "terminal-inside")))
    titles = [entry.title for entry in entries]
    assert {"Voxel size (nm)", "Target inset (nm)", "Hash (SHA-256)"} <= set(titles)
    assert not [title for title in titles if title.endswith((" nm", " um", " px"))]

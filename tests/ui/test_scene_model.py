"""The arrays that all views draw: one edit among many changes its row, and any course of edits ends alike."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.domain.vesicle import SHAPE_TERMS, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.view_state import ViewState


def vesicles(*ids: int) -> VesicleSet:
    return VesicleSet.of(Vesicle(i, 10.0 * i, 11.0 * i, 12.0 * i, 15.0 + i) for i in ids)


VESICLES = st.builds(
    lambda number, z, radius, status, shaped: Vesicle(
        number,
        z,
        40.0,
        50.0,
        radius,
        status=status,
        shape_terms_nm=tuple(float(k) for k in range(SHAPE_TERMS)) if shaped else None,
    ),
    st.integers(1, 6),
    st.floats(1, 99),
    st.floats(5, 40),
    st.sampled_from(list(Status)),
    st.booleans(),
)
SETS = st.lists(VESICLES, unique_by=lambda v: v.id, max_size=6).map(VesicleSet.of)


@given(st.lists(st.tuples(SETS, st.lists(st.integers(1, 6), max_size=2)), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_after_any_edits_all_is_as_if_drawn_anew(course: list[tuple[VesicleSet, list[int]]]) -> None:
    document, state = Document(), ViewState()
    model = SceneModel(document, state)
    for found, chosen in course:
        # half of the vesicles stay the very same objects, as in an edit
        kept = [document.vesicles.get(v.id) or v if v.id % 2 else v for v in found]
        document.set_vesicles(VesicleSet.of(kept), chosen)
    fresh = SceneModel(document, state)
    fresh.refresh()
    assert model.vesicles == fresh.vesicles
    for name in ("spheres_px", "terms_px", "shaped", "ids", "doubtful"):
        np.testing.assert_array_equal(getattr(model, name), getattr(fresh, name))
    assert model.selected_rows == fresh.selected_rows
    assert model.colouring == fresh.colouring


def test_who_holds_the_last_arrays_sees_no_change() -> None:
    document = Document()
    model = SceneModel(document, ViewState())
    found = vesicles(1, 2, 3)
    document.set_vesicles(found)
    held = model.spheres_px
    document.set_vesicles(found.replaced([found.vesicles[1].but(z_nm=77.0)]))
    assert held[1, 0] == 20.0
    assert model.spheres_px[:, 0].tolist() == [10.0, 77.0, 30.0]

"""Edits of regions: each one can be taken back, is stored small, and says in a name what it did."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.workflow.project.actions import regions
from cryoves_app.workflow.project.actions.patch import Action, Patch
from tests.workflow.edits import TOMOGRAM, _region_edit


def ring(z: float, size: float = 10.0) -> Contour:
    return Contour(((z, 0.0, 0.0), (z, 0.0, size), (z, size, size), (z, size, 0.0)))


def cell(*slices: float) -> Region:
    return Region("cell", RegionKind.CYTOPLASM, tuple(ring(z) for z in slices))


def stored(action: Action) -> Action:
    """The action as it comes back from the disk."""
    forward, inverse = (
        Patch.from_plain(json.loads(json.dumps(p.to_plain()))) for p in (action.forward, action.inverse)
    )
    return replace(action, forward=forward, inverse=inverse)


@given(seed=st.integers(0, 10**9), count=st.integers(1, 12))
def test_every_edit_applied_and_inverted_is_identity(seed: int, count: int) -> None:
    rng = random.Random(seed)
    now = Project(TOMOGRAM)
    past = []
    for _ in range(count):
        action = _region_edit(rng, now)
        after = action.forward.apply(now)
        assert action.inverse.apply(after) == now
        assert stored(action).forward.apply(now) == after
        past.append((now, stored(action)))
        now = after
        assert len({r.name for r in now.regions}) == len(now.regions)
    for before, action in reversed(past):
        now = action.inverse.apply(now)
        assert now == before


def test_a_step_holds_only_the_contours_that_changed() -> None:
    many = replace(cell(*range(50)), contours=tuple(ring(z, 10 + z) for z in range(50)))
    now = Project(TOMOGRAM, regions=(cell(3), replace(many, name="other")))
    action = regions.set_slice(now, 1, 20, [ring(20, 99.0)])
    (kept, derived) = action.forward.to_plain()["regions"]
    assert kept == {"source": 0}
    assert derived["source"] == 1
    assert derived["splice"][:2] == [20, 1]
    assert len(derived["splice"][2]) == 1


def test_contours_stand_in_the_order_of_their_slices() -> None:
    now = Project(TOMOGRAM, regions=(cell(2, 8),))
    after = regions.set_slice(now, 0, 5, [ring(5), ring(5, 3.0)]).forward.apply(now)
    assert [c.slice_index for c in after.regions[0].contours] == [2, 5, 5, 8]
    cleared = regions.set_slice(after, 0, 5, []).forward.apply(after)
    assert cleared == now


def test_interpolation_follows_the_drawing_until_the_user_decides() -> None:
    now = Project(TOMOGRAM, regions=(cell(2),))
    now = regions.set_slice(now, 0, 8, [ring(8)]).forward.apply(now)
    assert now.regions[0].interpolate
    off = replace(now, regions=(replace(now.regions[0], interpolate=False),))
    further = regions.set_slice(off, 0, 14, [ring(14)]).forward.apply(off)
    assert not further.regions[0].interpolate
    dense = Project(TOMOGRAM, regions=(cell(2, 3, 4),))
    assert not regions.set_slice(dense, 0, 5, [ring(5)]).forward.apply(dense).regions[0].interpolate


def test_names_are_free_and_never_empty() -> None:
    now = Project(TOMOGRAM, regions=(cell(2),))
    now = regions.add_region(now, cell(4)).forward.apply(now)
    assert [r.name for r in now.regions] == ["cell", "cell 2"]
    with pytest.raises(CryoVesError, match="needs a name"):
        regions.rename_region(now, 0, "  ")
    with pytest.raises(CryoVesError, match="“cell 2” already"):
        regions.rename_region(now, 0, "cell 2")
    renamed = regions.rename_region(now, 0, " bouton ").forward.apply(now)
    assert renamed.regions[0].name == "bouton"
    assert (
        regions.set_kind(now, 0, RegionKind.EXCLUDE).forward.apply(now).regions[0].kind is RegionKind.EXCLUDE
    )


def test_a_step_stored_with_whole_regions_is_still_understood() -> None:
    plain = {
        "regions": [
            {"name": "AZ", "kind": "active_zone", "contours": [], "interpolate": False, "tube_nm": 8.0}
        ]
    }
    after = Patch.from_plain(plain).apply(Project(TOMOGRAM, regions=(cell(1),)))
    assert after.regions == (Region("AZ", RegionKind.ACTIVE_ZONE),)


@pytest.mark.parametrize("entry", [{"source": -1}, {"source": 0, "splice": [0, -2, []]}, {"source": "x"}, 7])
def test_damaged_steps_are_a_sentence(entry: object) -> None:
    with pytest.raises(CryoVesError, match="damaged"):
        Patch.from_plain({"regions": [entry]})


def test_a_step_on_a_region_that_is_gone_is_a_sentence() -> None:
    with pytest.raises(CryoVesError, match="not there"):
        Patch.from_plain({"regions": [{"source": 4}]}).apply(Project(TOMOGRAM))

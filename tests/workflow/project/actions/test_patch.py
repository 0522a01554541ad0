from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.project.actions import add, combine, regions, reshape, review, run, tag
from cryoves_app.workflow.project.actions.patch import Action, Patch
from tests.workflow.edits import EDITS, project, random_edit, seen


def there_and_back(action: Action, start) -> None:
    done = action.forward.apply(start)
    assert seen(action.inverse.apply(done)) == seen(start)
    assert seen(action.forward.apply(action.inverse.apply(done))) == seen(done)
    for patch in (action.forward, action.inverse):
        stored = json.loads(json.dumps(patch.to_plain(), allow_nan=False))
        assert Patch.from_plain(stored) == patch


@pytest.mark.parametrize("kind", sorted(EDITS))
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_apply_then_invert_is_identity(kind: str, seed: int) -> None:
    rng = random.Random(seed)
    start = project(seed)
    for _ in range(rng.randint(0, 6)):
        start = random_edit(rng, start).forward.apply(start)
    if len(start.vesicles) > 3:
        there_and_back(EDITS[kind](rng, start), start)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_an_action_says_no_more_and_no_less_than_what_differs(seed: int) -> None:
    rng = random.Random(seed)
    start = project(seed)
    for _ in range(5):
        action = random_edit(rng, start)
        after = action.forward.apply(start)
        assert action.forward == Patch.between(start, after)
        assert action.inverse == Patch.between(after, start)
        assert after.vesicles == VesicleSet.of(
            sorted(after.vesicles, key=lambda v: v.id), after.vesicles.next_id
        )
        assert [after.vesicles.get(v.id) for v in after.vesicles] == list(after.vesicles)
        start = after


def test_every_action_is_among_the_random_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = set()
    for module in (add, combine, regions, reshape, review, run, tag):
        for name, function in vars(module).items():
            made = str(getattr(function, "__annotations__", {}).get("return", ""))
            if "Action" not in made or name.startswith("_") or function.__module__ != module.__name__:
                continue
            missing.add(f"{module.__name__}.{name}")

            def seen_function(*args, _call=function, _name=f"{module.__name__}.{name}", **more):
                missing.discard(_name)
                return _call(*args, **more)

            monkeypatch.setattr(module, name, seen_function)
    assert len(missing) >= 15
    rng = random.Random(0)
    now = project()
    for kind in [*sorted(EDITS) * 12, *["regions"] * 80]:
        action = EDITS[kind](rng, now)
        if kind in ("regions", "add"):
            now = action.forward.apply(now)
    assert missing == set()


def test_ids_are_never_given_again() -> None:
    start = project()
    action = EDITS["add"](random.Random(1), start)
    undone = action.inverse.apply(action.forward.apply(start))
    again = EDITS["add"](random.Random(1), undone)
    assert again.forward.vesicles.keys() != action.forward.vesicles.keys()


def test_only_changed_fields_are_in_a_patch() -> None:
    start = project()
    action = EDITS["tag"](random.Random(1), start)
    assert all(set(fields or {}) == {"tags"} for fields in action.forward.vesicles.values())


def test_change_of_a_vesicle_that_is_gone_is_refused() -> None:
    with pytest.raises(CryoVesError, match="Vesicle 999 is not there"):
        Patch({999: {"reviewed": True}}).apply(project())


@pytest.mark.parametrize(
    "plain",
    [
        {"vesicles": {"x": {}}},
        {"vesicles": []},
        {"vesicles": {"1": {"x_nm": "far"}}},
        {"regions": 3},
        {"settings": 3},
    ],
)
def test_damaged_steps_are_one_sentence(plain: dict) -> None:
    with pytest.raises(CryoVesError, match="history is damaged"):
        Patch.from_plain(plain)


def test_what_appears_is_told_without_its_defaults() -> None:
    action = add.import_vesicles(project(), [Vesicle(900, 1.0, 2.0, 3.0, 20.0)], "b.mod")
    assert action.forward.vesicles[900] == {
        "z_nm": 1.0, "y_nm": 2.0, "x_nm": 3.0, "radius_nm": 20.0, "origin": "imported",
    }  # fmt: skip


@pytest.mark.parametrize("radius_nm", [0.0, -3.0])
def test_a_stored_vesicle_of_no_size_is_refused(radius_nm: float) -> None:
    stored = {"vesicles": {"900": {"z_nm": 1.0, "y_nm": 2.0, "x_nm": 3.0, "radius_nm": radius_nm}}}
    with pytest.raises(CryoVesError, match="is not there"):
        Patch.from_plain(stored).apply(project())

"""Recipes: one declaration of every parameter."""

from __future__ import annotations

import json
from dataclasses import fields
from enum import StrEnum
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import BUILT_IN, Recipe
from cryoves_app.domain.recipe_settings import FitRule, Normalisation, OutlierRule, SplitRule

GROUPS = [f.name for f in fields(Recipe) if f.name != "name"]
PARAMETERS = [(g, f.name) for g in GROUPS for f in fields(getattr(Recipe(), g))]


def spec(group: str, name: str) -> tuple[type, Any]:
    settings = type(getattr(Recipe(), group))
    return get_type_hints(settings)[name], next(f for f in fields(settings) if f.name == name).metadata


def allowed(group: str, name: str) -> st.SearchStrategy[Any]:
    kind, meta = spec(group, name)
    if kind is bool:
        return st.booleans()
    if issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    if kind is int:
        return st.integers(int(meta["low"]), int(meta["high"]))
    return st.floats(meta["low"], meta["high"])


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    recipe = draw(st.sampled_from(list(BUILT_IN.values())))
    for group, name in draw(st.lists(st.sampled_from(PARAMETERS), max_size=8)):
        recipe = recipe.with_value(group, name, draw(allowed(group, name)))
    return recipe


@given(recipes())
def test_a_recipe_goes_through_json_unchanged(recipe: Recipe) -> None:
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


@pytest.mark.parametrize(("group", "name"), PARAMETERS)
def test_every_parameter_has_help_and_a_range_that_holds_its_defaults(group: str, name: str) -> None:
    kind, meta = spec(group, name)
    assert meta["help"].endswith(".")
    if kind in (int, float):
        for recipe in BUILT_IN.values():
            assert meta["low"] <= getattr(getattr(recipe, group), name) <= meta["high"]


@pytest.mark.parametrize(("group", "name"), [p for p in PARAMETERS if spec(*p)[0] in (int, float)])
def test_out_of_range_is_refused(group: str, name: str) -> None:
    _, meta = spec(group, name)
    for value in (meta["low"] - 1, meta["high"] + 1, float("nan")):
        with pytest.raises(CryoVesError, match=rf"{group}\.{name}"):
            Recipe().with_value(group, name, value)
    with pytest.raises(CryoVesError, match="must be a number"):
        Recipe().with_value(group, name, "many")


@pytest.mark.parametrize(("group", "name"), [p for p in PARAMETERS if spec(*p)[0] not in (int, float)])
def test_a_wrong_choice_is_refused(group: str, name: str) -> None:
    with pytest.raises(CryoVesError, match=rf"{group}\.{name}"):
        Recipe().with_value(group, name, "perhaps")


@pytest.mark.parametrize(
    "data",
    [{"inptu": {}}, {"input": {"radius": 3}}, {"fit": {"whiten": 1}}, {"network": {"context_px": True}}],
)
def test_wrong_names_and_types_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(CryoVesError):
        Recipe.from_dict(data)


def test_the_manuscripts_numbers() -> None:
    paper = BUILT_IN["paper"]
    assert (paper.instances.split_rule, paper.fit.rule, paper.outliers.rule) == (
        SplitRule.EXTENT,
        FitRule.CORRELATION,
        OutlierRule.P_VALUE,
    )
    assert (paper.instances.threshold_low, paper.instances.extent_low, paper.instances.extent_high) == (
        0.8,
        0.25,
        0.75,
    )
    assert (paper.instances.split_volume_z, paper.instances.split_extent) == (1.0, 0.25)
    assert paper.instances.smallest_fraction == pytest.approx((12 / 20) ** 3)
    assert (paper.outliers.p_cut, paper.fit.refit_rounds, paper.fit.rounds) == (0.3, 10, 10)


def test_the_published_programs_numbers() -> None:
    published = BUILT_IN["published"]
    assert (published.input.normalisation, published.fit.rule, published.outliers.rule) == (
        Normalisation.PUBLISHED,
        FitRule.PUBLISHED,
        OutlierRule.DISTANCE,
    )
    instances = published.instances
    assert (instances.split_extent, instances.extent_low, instances.extent_high) == (0.5, 0.25, 0.75)
    assert (instances.expand, instances.skip_faces_px, published.fit.margin_px) == (False, 10, 2)


@pytest.mark.parametrize(
    ("whole", "rule", "meant"),
    [
        (True, "correlation", FitRule.PUBLISHED),
        (False, "correlation", FitRule.CORRELATION),
        (True, "population", FitRule.POPULATION),
    ],
)
def test_recipes_that_told_of_whole_voxels_mean_what_they_meant(
    whole: bool, rule: str, meant: FitRule
) -> None:
    assert Recipe.from_dict({"fit": {"rule": rule, "whole_voxels": whole}}).fit.rule is meant
    with pytest.raises(CryoVesError, match="whole_voxels"):
        Recipe.from_dict({"fit": {"whole_voxels": 3}})


@pytest.mark.parametrize("name", ["default", "paper", "published"])
def test_recipes_of_before_larger_vesicles_were_looked_for_mean_what_they_meant(name: str) -> None:
    data = BUILT_IN[name].to_dict()
    del data["input"]["look_larger"]
    assert Recipe.from_dict(data) == BUILT_IN[name]

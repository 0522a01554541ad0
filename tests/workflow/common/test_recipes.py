"""Recipes by name and from files."""

import json
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import BUILT_IN, Recipe
from cryoves_app.workflow.common.recipes import load_recipe


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_built_in_recipes_go_by_name(name: str) -> None:
    assert load_recipe(name) is BUILT_IN[name]


def test_a_toml_file_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text("[input]\nexpected_radius_nm = 15.0\n[instances]\nsplit = false\n")
    recipe = load_recipe(str(path))
    assert (recipe.name, recipe.input.expected_radius_nm, recipe.instances.split) == ("small", 15.0, False)
    assert recipe.fit == Recipe().fit


def test_a_run_record_is_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"version": "1", "recipe": BUILT_IN["paper"].to_dict()}))
    assert load_recipe(str(path)) == BUILT_IN["paper"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "no recipe"),
        ("a.toml", "x ==", "no recipe"),
        ("a.json", "[1, 2]", "no table"),
        ("a.json", '{"inptu": {}}', "does not exist"),
        ("a.json", '{"recipe": 3}', "not a table"),
        ("a.json", '{"outliers": {"p_cut": 3}}', "between"),
        ("a.json", b"\xff\xfe\x00binary", "no recipe"),
        ("a.json", " " * (2 << 20), "too large"),
    ],
)
def test_a_wrong_file_gets_a_sentence(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CryoVesError, match=message):
        load_recipe(str(path))


def test_an_unknown_name_gets_the_known_ones() -> None:
    with pytest.raises(CryoVesError, match="default, paper, published"):
        load_recipe("nonsense")

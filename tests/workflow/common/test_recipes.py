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
        ("a.json", "{", "as a recipe: it is no JSON"),
        ("a.toml", "x ==", "as a recipe: it is no TOML"),
        ("a.toml", "[fit]\nrounds = inf", "rounds cannot be inf"),
        ("a.toml", "[fit]\nrounds = 2.5", "must be a whole number"),
        ("a.toml", f"[fit]\nblur_nm = 0x{'f' * 9000}", "blur_nm cannot be"),
        ("a.json", '{"fit": {"rounds": Infinity}}', "rounds cannot be inf"),
        ("a.json", '{"name": 5}', "name must be text"),
        ("a.json", '{"fit": {"rule": ["paper"]}}', "rule must be text"),
        ("a.json", "[" * 6000, "as a recipe; it is damaged"),
        ("a.json", "a\0b", "as a recipe; it is damaged"),
        ("a.json", "[1, 2]", "no table"),
        ("a.json", '{"inptu": {}}', "does not exist"),
        ("a.json", '{"recipe": 3}', "not a table"),
        ("a.json", '{"outliers": {"p_cut": 3}}', "between"),
        ("a.json", b"\xff\xfe\x00binary", "as a recipe; it is damaged"),
        ("a.json", " " * (2 << 20), "too large"),
    ],
)
def test_a_wrong_file_gets_a_sentence(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CryoVesError, match=message):
        load_recipe(str(path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "[input]\r\nexpected_radius_nm = 15\r\n"),
        ("a.txt", "[input]\r\nexpected_radius_nm = 15\r\n"),
        ("a.json", '{"input": {"expected_radius_nm": 15}}'),
        ("run.txt", '{"recipe": {"input": {"expected_radius_nm": 15}}}'),
    ],
)
def test_a_recipe_is_read_as_editors_save_it(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert load_recipe(str(tmp_path / name)).input.expected_radius_nm == 15


def test_an_unknown_name_gets_the_known_ones() -> None:
    with pytest.raises(CryoVesError, match="default, paper, published"):
        load_recipe("nonsense")

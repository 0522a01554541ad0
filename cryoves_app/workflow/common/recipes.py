"""Recipes by name or from files."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_missing, read_settings, reading
from cryoves_app.domain.recipe import BUILT_IN, Recipe

#: No recipe is larger; a bigger file is something else.
LARGEST_BYTES = 1 << 20
_WHAT = "a recipe"


def load_recipe(name_or_path: str) -> Recipe:
    """A built-in recipe, or one from a ``.json`` or ``.toml`` file; the run record ``run.json`` is one too.

    Raises
    ------
    CryoVesError
        If it is unknown, unreadable or holds wrong values.
    """
    if name_or_path in BUILT_IN:
        return BUILT_IN[name_or_path]
    path = Path(name_or_path)
    if is_missing(path):
        known = ", ".join(BUILT_IN)
        raise CryoVesError(f"There is no recipe “{name_or_path}”: it is neither a file nor one of {known}.")
    with reading(path, _WHAT):
        data = read_settings(path, _WHAT, LARGEST_BYTES)
        own = data.get("recipe", data)
        if isinstance(own, dict) and "name" not in own:
            own = {"name": path.stem, **own}
        return Recipe.from_dict(own)

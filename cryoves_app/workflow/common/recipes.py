"""Recipes by name or from files."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import BUILT_IN, Recipe

#: No recipe is larger; a bigger file is something else.
LARGEST_BYTES = 1 << 20


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
    if not path.is_file():
        known = ", ".join(BUILT_IN)
        raise CryoVesError(f"There is no recipe “{name_or_path}”: it is neither a file nor one of {known}.")
    data = _read(path)
    if "recipe" in data:
        data = data["recipe"]
    if isinstance(data, dict) and "name" not in data:
        data = {"name": path.stem, **data}
    return Recipe.from_dict(data)


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise CryoVesError(f"{path} is too large for a recipe.")
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise CryoVesError(f"Cannot read the recipe {path}: {error.strerror}.") from error
    except ValueError as error:
        raise CryoVesError(f"{path} is no recipe: it is neither JSON nor TOML ({error}).") from error
    if not isinstance(data, dict):
        raise CryoVesError(f"{path} is no recipe: it holds no table of names and values.")
    return data

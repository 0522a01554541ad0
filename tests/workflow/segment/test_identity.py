"""Finished results are recognised by later versions of the program."""

from __future__ import annotations

import hashlib
import json

from cryoves_app.domain.recipe import Recipe
from cryoves_app.workflow.segment.identity import what_counts

#: The default recipe's part of the identity when results were first kept by it. If a parameter was added, it belongs
#: into ``_LATER`` beside the function; if a default was changed, results are new ones and so is this.
DEFAULT = "593e1ad30e8744520d9e8db18a75319a5f85a180dce593ef919803787b692ea7"


def counted(recipe: Recipe) -> str:
    return hashlib.sha256(json.dumps(what_counts(recipe), sort_keys=True).encode()).hexdigest()


def test_a_parameter_that_came_later_does_not_make_earlier_results_strange() -> None:
    assert counted(Recipe()) == DEFAULT


def test_every_parameter_that_is_changed_makes_another_result() -> None:
    assert counted(Recipe().with_value("input", "match_look", "on")) != DEFAULT
    assert counted(Recipe().with_value("input", "expected_radius_nm", 21.0)) != DEFAULT

import shutil
from pathlib import Path

import pytest

from cryoves_app.cli.arguments import add_run_options, base_job
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.network.model_store import models_folder
from cryoves_app.workflow.common.model_admin import (
    STANDARD,
    all_models,
    delete_model,
    set_standard_model,
    standard_model,
)


@pytest.fixture(autouse=True)
def own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path))
    models_folder().mkdir(parents=True)
    shutil.copytree(resource_path("models") / "default", models_folder() / "mine")


def test_a_deleted_model_is_gone_and_the_bundled_one_is_used_again() -> None:
    set_standard_model("mine")
    assert standard_model() == "mine"
    delete_model("mine")
    assert [m.name for m in all_models()] == ["default"]
    assert standard_model() == "default"


def test_the_bundled_model_and_strangers_files_stay() -> None:
    with pytest.raises(CryoVesError, match="came with CryoVes"):
        delete_model("default")
    (models_folder() / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(CryoVesError, match=r"thesis\.txt"):
        delete_model("mine")
    assert (models_folder() / "mine" / "card.json").is_file()


@pytest.mark.parametrize("name", ["", "../models/mine", "none"])
def test_only_models_of_the_list_can_be_meant(name: str) -> None:
    for do in (delete_model, set_standard_model):
        with pytest.raises(CryoVesError, match="no model"):
            do(name)


@pytest.mark.parametrize("content", ["", "[]", '{"model": 3}', '{"model": "gone"}', "{" * 9])
def test_a_damaged_choice_means_the_bundled_one(content: str) -> None:
    (models_folder() / STANDARD).write_text(content)
    assert standard_model() == "default"


def test_the_command_line_uses_it_where_no_model_is_named() -> None:
    import argparse

    parser = argparse.ArgumentParser()
    add_run_options(parser)
    set_standard_model("mine")
    assert base_job(parser.parse_args([])).model == "mine"
    assert base_job(parser.parse_args(["--model", "default"])).model == "default"

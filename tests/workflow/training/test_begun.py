"""What a training that was begun leaves behind."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.network.checkpoint import STATE
from cryoves_app.storage.locks import hold
from cryoves_app.workflow.training.begun import NETWORK_INPUTS, UNFINISHED, clear_killed
from cryoves_app.workflow.training.unfinished import ORDER, SIGN


def begun(folder: Path, name: str, *others: str) -> Path:
    """As a process leaves it that is killed while it reads its tomograms."""
    place = folder / f"{name}.training"
    (place / NETWORK_INPUTS).mkdir(parents=True)
    for file in (SIGN, ORDER, f"{NETWORK_INPUTS}/a.npy", *others):
        (place / file).write_bytes(b"{}")
    return place


def test_what_was_killed_before_its_first_epoch_goes(tmp_path: Path) -> None:
    killed, can_go_on = begun(tmp_path, "killed"), begun(tmp_path, "later", STATE)
    at_work = begun(tmp_path, "busy")
    other = tmp_path / "somebodys.training"
    other.mkdir()
    (other / ORDER).write_text("{}")
    with hold(at_work / SIGN, "It is at work."):
        clear_killed(tmp_path)
        assert not killed.exists()
        assert sorted(p.name for p in tmp_path.iterdir()) == [
            "busy.training",
            "later.training",
            "somebodys.training",
        ]
    assert (can_go_on / STATE).exists()
    assert (at_work / NETWORK_INPUTS / "a.npy").exists()


def test_files_of_others_stay_and_what_lies_beside_them_can_be_told_and_cleared_later(tmp_path: Path) -> None:
    killed = begun(tmp_path, "killed", "thesis.txt")
    clear_killed(tmp_path)
    assert (killed / "thesis.txt").exists()
    (killed / "thesis.txt").unlink()
    UNFINISHED.refuse_strangers(killed)
    clear_killed(tmp_path)
    assert not killed.exists()


def test_without_models_there_is_nothing_to_clear(tmp_path: Path) -> None:
    clear_killed(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []

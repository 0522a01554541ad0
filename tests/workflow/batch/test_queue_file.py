"""Queues of tomograms."""

from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.workflow.batch.queue_file import read_queue
from cryoves_app.workflow.segment.order import SegmentJob

BASE = SegmentJob("", "", threads=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("monday/a.mrc", "monday/b.rec", "old/a.mrc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_list_of_lines(folder: Path) -> None:
    (folder / "queue.txt").write_text("# this week\nmonday/*\n\nold/a.mrc\n")
    jobs = read_queue(folder / "queue.txt", folder / "out", BASE)
    assert [Path(j.folder).name for j in jobs] == ["monday_a", "b", "old_a"]
    assert {j.threads for j in jobs} == {3}


def test_settings_for_all_and_for_one(folder: Path) -> None:
    (folder / "mine.toml").write_text("[input]\nexpected_radius_nm = 15\n")
    (folder / "queue.toml").write_text(
        'output = "results"\nrecipe = "mine.toml"\nregion = "{dir}/{stem}_cell.mod"\ntomograms = ["monday/*.mrc"]\n'
        '[[tomogram]]\npath = "old/a.mrc"\nvoxel_size = 14.69\nkeep_probability = true\nrecipe = "paper"\n'
    )
    first, second = read_queue(folder / "queue.toml", None, BASE)
    assert Path(first.folder).parent == folder / "results"
    assert first.recipe["input"]["expected_radius_nm"] == 15
    assert (first.voxel_size_nm, first.keep_probability) == (None, False)
    assert first.region == second.region == "{dir}/{stem}_cell.mod"
    assert second.voxel_size_nm == pytest.approx(1.469)
    assert (second.keep_probability, second.recipe["name"]) == (True, "paper")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('output = "o"', "names no tomogram"),
        ('tomograms = ["monday/a.mrc"]', "no output folder"),
        ('output = "o"\ncolour = 3\ntomograms = ["monday/a.mrc"]', "does not exist: colour"),
        ('output = "o"\n[[tomogram]]\nvoxel_size = 3', "lacks its path"),
        ('output = "o"\nvoxel_size = "big"\ntomograms = ["monday/a.mrc"]', "positive number"),
        ('output = "o"\nmodel = 3\ntomograms = ["monday/a.mrc"]', "must be text"),
        ('output = "o"\ntomograms = ["nowhere/*"]', "No file fits"),
        ("= 3", "is no queue"),
    ],
)
def test_a_wrong_queue_gets_a_sentence(folder: Path, text: str, message: str) -> None:
    (folder / "queue.toml").write_text(text)
    with pytest.raises(CryoVesError, match=message):
        read_queue(folder / "queue.toml", None, BASE)


def test_a_missing_queue_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="Cannot read"):
        read_queue(tmp_path / "queue.txt", tmp_path, BASE)

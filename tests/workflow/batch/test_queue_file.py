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
    assert first.recipe.input.expected_radius_nm == 15
    assert (first.voxel_size_nm, first.keep_probability) == (None, False)
    assert first.region == second.region == "{dir}/{stem}_cell.mod"
    assert second.voxel_size_nm == pytest.approx(1.469)
    assert (second.keep_probability, second.recipe.name) == (True, "paper")


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
        ('output = "o"\ntomograms = 5', "tomograms must be a list, not 5"),
        ('output = "o"\ntomograms = [1]', "a path must be text, not 1"),
        ('output = "o"\ntomogram = 3', "tomogram must be a list"),
        ('output = "o"\n[tomogram]\npath = "a"', "tomogram must be a list"),
        ('output = "o"\ntomogram = [3]', "must be a table of names and values"),
        ('output = "o"\n[[tomogram]]\npath = 7', "path must be text"),
        ('output = 5\ntomograms = ["monday/a.mrc"]', "output must be text"),
        ('output = "o"\nrecipe = ["paper"]\ntomograms = ["monday/a.mrc"]', "recipe must be text"),
        ('output = "o"\nengine = "magic"\ntomograms = ["monday/a.mrc"]', "engine must be one of auto"),
        ('output = "o"\nkeep_probability = 1\ntomograms = ["monday/a.mrc"]', "true or false"),
        (f'output = "o"\nvoxel_size = 0x{"f" * 9000}\ntomograms = ["monday/a.mrc"]', "positive number"),
        ('output = "o"\nvoxel_size = inf\ntomograms = ["monday/a.mrc"]', "positive number"),
        ('output = "o"\ntomograms = ["a\\u0000b.mrc"]', "no name of a file"),
        (f'output = "o"\ntomograms = ["{"x" * 5000}.mrc"]', "file name too long"),
        (f"output = {'[' * 5000}", "as a queue"),
        ("= 3", "as a queue: it is no TOML"),
        ('output = "o"\n[[group]]\ncondition = "a"', r"\[\[group\]\] of the queue .* names no tomogram"),
        ('output = "o"\n[[group]]\ntomograms = "monday/*"', "tomograms must be a list"),
        ('output = "o"\n[[group]]\npath = "monday/a.mrc"', "does not exist: path"),
        ('output = "o"\n[group]\ntomograms = ["monday/*"]', "group must be a list"),
    ],
)
def test_a_wrong_queue_gets_a_sentence(folder: Path, text: str, message: str) -> None:
    (folder / "queue.toml").write_text(text)
    with pytest.raises(CryoVesError, match=message):
        read_queue(folder / "queue.toml", None, BASE)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_queue_is_read_as_editors_save_it(folder: Path, encoding: str) -> None:
    (folder / "Größe.mrc").touch()
    for name, text in (
        ("q.txt", "Größe.mrc\r\nold/a.mrc\r\n"),
        ("q.toml", 'tomograms = ["Größe.mrc", "old/a.mrc"]\r\n'),
        ("q.csv", "path;note\r\nGröße.mrc;good\r\n;\r\nold/a.mrc;\r\n"),
    ):
        (folder / name).write_bytes(text.encode(encoding))
        jobs = read_queue(folder / name, folder / "out", BASE)
        assert [Path(job.tomogram) for job in jobs] == [folder / "Größe.mrc", folder / "old/a.mrc"]


def test_paths_as_people_paste_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    (folder / "b 1.mrc").touch()
    lines = [
        '"monday/a.mrc"',
        "'monday/b.rec'",
        "~/old/a.mrc",
        "“monday/a.mrc”",
        (folder / "b 1.mrc").as_uri(),
        '  "b 1.mrc"  ',
    ]
    (folder / "queue.txt").write_text("\n".join(lines))
    jobs = read_queue(folder / "queue.txt", folder / "out", BASE)
    names = ["monday/a.mrc", "monday/b.rec", "old/a.mrc", "b 1.mrc"]
    assert [Path(job.tomogram) for job in jobs] == [folder / name for name in names]


def test_a_summary_is_a_queue(folder: Path) -> None:
    (folder / "summary.csv").write_text("tomogram,state,error\nmonday/a.mrc,failed,no\nold/a.mrc,failed,no\n")
    jobs = read_queue(folder / "summary.csv", folder / "out", BASE)
    assert [Path(job.tomogram) for job in jobs] == [folder / "monday/a.mrc", folder / "old/a.mrc"]
    (folder / "plain.csv").write_text("monday/a.mrc\nold/a.mrc\n")
    assert len(read_queue(folder / "plain.csv", folder / "out", BASE)) == 2
    (folder / "excel.csv").write_text("\ufeffmonday/a.mrc;;\r\nold/a.mrc;;\r\n;;\r\n", encoding="utf-8")
    assert [Path(j.tomogram).name for j in read_queue(folder / "excel.csv", folder / "out", BASE)] == [
        "a.mrc"
    ] * 2


def test_a_table_has_a_column_for_each_setting(folder: Path) -> None:
    (folder / "cells").mkdir()
    (folder / "study.csv").write_text(
        "tomogram;condition;recipe;input.expected_radius_nm;outliers.p_cut;keep_probability;voxel_size;region;comment\n"
        "monday/*;wild type;paper;15;;yes;14.69;cells/{stem}.mod;good\n"
        "old/a.mrc;5;;;0.02;;;;\n"
    )
    first, second, third = read_queue(folder / "study.csv", folder / "out", BASE)
    assert [Path(job.tomogram) for job in (first, second, third)] == [
        folder / "monday/a.mrc",
        folder / "monday/b.rec",
        folder / "old/a.mrc",
    ]
    assert [job.condition for job in (first, second, third)] == ["wild type", "wild type", "5"]
    assert (first.recipe.name, first.recipe.input.expected_radius_nm) == ("paper", 15)
    assert (third.recipe.name, third.recipe.outliers.p_cut) == ("default", 0.02)
    assert first.recipe.outliers.p_cut == 0.3
    assert [job.keep_probability for job in (first, second, third)] == [True, True, False]
    assert first.voxel_size_nm == pytest.approx(1.469)
    assert first.companion(first.region) == folder / "cells" / "a.mod"
    assert (third.region, third.voxel_size_nm) == (None, None)


@pytest.mark.parametrize(
    ("header", "cell", "message"),
    [
        ("voxel_size", "big", "voxel_size must be a positive number, not 'big'"),
        ("keep_probability", "perhaps", "keep_probability must be true or false"),
        ("input.expected_radius_nm", "-3", "must lie between"),
        ("engine", "magic", "engine must be one of"),
        ("recipe", "none such", "There is no recipe"),
    ],
)
def test_a_wrong_cell_gets_a_sentence(folder: Path, header: str, cell: str, message: str) -> None:
    (folder / "study.csv").write_text(f"tomogram,{header}\nold/a.mrc,{cell}\n")
    with pytest.raises(CryoVesError, match=message):
        read_queue(folder / "study.csv", folder / "out", BASE)


def test_values_of_the_recipe_in_toml(folder: Path) -> None:
    (folder / "queue.toml").write_text(
        'tomograms = ["monday/a.mrc"]\noutliers.p_cut = 0.02\n[[tomogram]]\npath = "old/a.mrc"\n'
        'condition = "control"\ninput.expected_radius_nm = 18\n[input]\nexpected_radius_nm = 15\n'
    )
    first, second = read_queue(folder / "queue.toml", folder / "out", BASE)
    assert [job.recipe.input.expected_radius_nm for job in (first, second)] == [15, 18]
    assert [job.recipe.outliers.p_cut for job in (first, second)] == [0.02, 0.02]
    assert [job.condition for job in (first, second)] == ["", "control"]
    (folder / "queue.toml").write_text('tomograms = ["old/a.mrc"]\ninput.colour = 3\n')
    with pytest.raises(CryoVesError, match=r"does not exist: input\.colour"):
        read_queue(folder / "queue.toml", folder / "out", BASE)


def test_paths_of_settings_are_seen_from_the_queue(folder: Path) -> None:
    (folder / "queue.toml").write_text(
        'region = "cells/{stem}.mod"\nactive_zone = "{dir}/az.mod"\ntomograms = ["old/a.mrc"]\n'
    )
    (job,) = read_queue(folder / "queue.toml", folder / "out", BASE)
    assert job.companion(job.region) == folder / "cells" / "a.mod"
    assert job.companion(job.active_zone) == folder / "old" / "az.mod"


def test_a_folder_in_brackets_is_no_pattern(tmp_path: Path) -> None:
    run = tmp_path / "[2024] run"
    run.mkdir()
    for name in ("a.mrc", "b.mrc"):
        (run / name).touch()
    (run / "queue.txt").write_text("*.mrc\n")
    assert len(read_queue(run / "queue.txt", tmp_path / "out", BASE)) == 2


def test_a_missing_queue_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="does not exist"):
        read_queue(tmp_path / "queue.txt", tmp_path, BASE)


def test_a_group_has_settings_of_its_own(folder: Path) -> None:
    (folder / "queue.toml").write_text(
        'output = "o"\nrecipe = "paper"\n[[group]]\ncondition = "new"\ntomograms = ["monday/*"]\n'
        'input.expected_radius_nm = 15\n[[group]]\ncondition = "old"\nvoxel_size = 20\ntomograms = ["old/a.mrc"]\n'
    )
    jobs = read_queue(folder / "queue.toml", None, BASE)
    assert [(Path(j.tomogram).name, j.condition, j.recipe.name) for j in jobs] == [
        ("a.mrc", "new", "paper"),
        ("b.rec", "new", "paper"),
        ("a.mrc", "old", "paper"),
    ]
    assert [j.recipe.input.expected_radius_nm for j in jobs] == [15, 15, 20]
    assert [j.voxel_size_nm for j in jobs] == [None, None, pytest.approx(2.0)]

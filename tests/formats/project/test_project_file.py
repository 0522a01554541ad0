from __future__ import annotations

import math
import random
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.pools import Band, FilterPool, PoolPlan, PoolRule
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project import project_schema
from cryoves_app.formats.project.project_database import copy_project
from cryoves_app.formats.project.project_file import ProjectFile, Update, read_project
from tests.formats.vesicle_strategies import regions, vesicle_lists

TOMOGRAM = TomogramReference("../a.mrc", "/data/a.mrc", 1234, "ab" * 32, (3, 4, 5), 2.2, "user")
ONE = Vesicle(1, 10.0, 20.0, 30.0, 20.0)
PROJECT = Project(
    TOMOGRAM,
    BUILT_IN["paper"],
    "lab model",
    VesicleSet.of([ONE, Vesicle(5, 1.0, 2.0, 3.0, 18.5, tags=("docked",))], next_id=9),
    (Region("cell", RegionKind.CYTOPLASM),),
    {"slice": 17},
    {"seconds": 12.5},
)


@settings(max_examples=30)
@given(
    found=vesicle_lists(), drawn=st.lists(regions, max_size=3), next_id=st.integers(1, 10**6),
    recipe=st.sampled_from(sorted(BUILT_IN)), views=st.dictionaries(st.text(max_size=4), st.integers()),
)  # fmt: skip
def test_every_project_comes_back(tmp_path_factory, found, drawn, next_id, recipe, views) -> None:
    path = tmp_path_factory.getbasetemp() / "round.cryoves"
    vesicles = VesicleSet.of(sorted(found, key=lambda v: v.id), next_id)
    project = Project(TOMOGRAM, BUILT_IN[recipe], "m", vesicles, tuple(drawn), views, {"a": [1, None, "x"]})
    with ProjectFile.create(path, project) as file:
        assert file.load() == project
    assert read_project(path) == project


def test_companions_come_back_and_older_projects_have_none(tmp_path: Path) -> None:
    with ProjectFile.create(tmp_path / "a.cryoves", replace(PROJECT, companions=(TOMOGRAM,))) as file:
        assert file.load().companions == (TOMOGRAM,)
        file._connection.execute("DELETE FROM meta WHERE key = 'companions'")
        assert file.load().companions == ()


@pytest.mark.parametrize("rule", list(PoolRule))
def test_pools_come_back_and_older_projects_have_the_usual_ones(tmp_path: Path, rule: PoolRule) -> None:
    bands = (Band("near", -math.inf, 12.5), Band("rest", 12.5, math.inf))
    plan = PoolPlan(rule, bands, (FilterPool("big", "radius > 25"),))
    with ProjectFile.create(tmp_path / "p.cryoves", PROJECT) as file:
        file.apply_update(Update(settings={"pools": plan}))
        assert file.load().pools == plan
        file._connection.execute("DELETE FROM meta WHERE key = 'pools'")
        assert file.load().pools == PoolPlan()


def test_storing_replaces_all_but_the_history(tmp_path: Path) -> None:
    with ProjectFile.create(tmp_path / "p.cryoves", PROJECT) as file:
        file.append_action("tag", "Tag 1", {}, {}, Update())
        other = replace(
            PROJECT, vesicles=VesicleSet.of([Vesicle(3, 0.0, 0.0, 0.0, 9.0)]), regions=(), views={}
        )
        file.store(other)
        assert file.load() == other
        assert len(file.actions()) == 1


def test_an_action_and_its_effect_are_one(tmp_path: Path) -> None:
    path = tmp_path / "p.cryoves"
    changed = ONE.but(x_nm=31.0, reviewed=True)
    new = Vesicle(9, 5.0, 5.0, 5.0, 5.0)
    with ProjectFile.create(path, PROJECT) as file:
        update = Update((changed, new), (5,), (), {"model": "other"}, 10)
        stored = file.append_action("move", "Move vesicle 1", {"to": 31.0}, {"to": 30.0}, update)
        assert (stored.id, stored.parent, file.cursor) == (1, 0, 1)
    with ProjectFile.open(path) as file:
        assert file.load() == replace(
            PROJECT, vesicles=VesicleSet.of([changed, new]), regions=(), model="other"
        )
        (action,) = file.actions()
        assert action == stored
        assert (action.kind, action.title) == ("move", "Move vesicle 1")
        assert (action.forward, action.inverse) == ({"to": 31.0}, {"to": 30.0})


def test_failing_action_leaves_nothing(tmp_path: Path) -> None:
    with ProjectFile.create(tmp_path / "p.cryoves", PROJECT) as file:
        with pytest.raises(ValueError, match="JSON"):
            file.append_action(
                "x", "x", {}, {}, Update((ONE.but(x_nm=0.0),), settings={"views": {"a": float("nan")}})
            )
        assert file.load() == PROJECT
        assert file.actions() == ()
        assert file.cursor == 0


def test_history_is_a_path_that_forgets_no_step(tmp_path: Path) -> None:
    path = tmp_path / "p.cryoves"
    with ProjectFile.create(path, PROJECT) as file:
        for title in "abc":
            file.append_action("k", title, {}, {}, Update())
        file.move_cursor(1, Update())
        assert "".join(a.title for a in file.actions()) == "abc"
        file.append_action("k", "d", {}, {}, Update())
        assert "".join(a.title for a in file.actions()) == "ad"
        assert file.cursor == 4
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM actions").fetchone() == (4,)


def test_saved_copy_has_the_history_but_no_notes(tmp_path: Path) -> None:
    with ProjectFile.create(tmp_path / "work.cryoves", PROJECT, exclusive=True) as file:
        file.set_notes(home="/somewhere")
        file.append_action("k", "a", {}, {}, Update((ONE.but(x_nm=1.0),)))
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "p.cryoves").write_text("old")
        file.save_to(tmp_path / "home" / "p.cryoves")
        assert file.note("home") == "/somewhere"
        with pytest.raises(CryoVesError, match="could not be written"):
            file.save_to(tmp_path / "no" / "p.cryoves")
        expected = file.load()
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["p.cryoves"]
    with ProjectFile.open(tmp_path / "home" / "p.cryoves") as saved:
        assert saved.load() == expected
        assert len(saved.actions()) == 1
        assert saved.note("home") is None
    copy_project(tmp_path / "home" / "p.cryoves", tmp_path / "c.cryoves")
    assert read_project(tmp_path / "c.cryoves") == expected


def test_file_in_use_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "p.cryoves"
    with (
        ProjectFile.create(path, PROJECT, exclusive=True),
        pytest.raises(CryoVesError, match="another CryoVes"),
    ):
        ProjectFile.open(path)
    with ProjectFile.open(path) as file:
        assert file.load() == PROJECT


def test_durability_settings(tmp_path: Path) -> None:
    with ProjectFile.create(tmp_path / "p.cryoves", PROJECT) as file:
        assert file._connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert file._connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def change(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)
    return path


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    with ProjectFile.create(tmp_path / "p.cryoves", PROJECT) as file:
        file.append_action("k", "a", {"x": 1}, {"x": 2}, Update())
    return tmp_path / "p.cryoves"


def test_newer_file_is_opened_for_reading(stored: Path) -> None:
    change(stored, "PRAGMA user_version = 99", "ALTER TABLE vesicles ADD COLUMN colour TEXT")
    change(stored, "UPDATE vesicles SET data = json_set(data, '$.colour', 'red')")
    change(stored, "INSERT INTO meta VALUES ('new', '1')")
    before = stored.read_bytes()
    with ProjectFile.open(stored) as file:
        assert file.is_read_only
        assert "newer version" in file.notice
        assert file.load() == PROJECT
        with pytest.raises(CryoVesError, match="newer version"):
            file.store(PROJECT)
    assert stored.read_bytes() == before


def test_older_file_is_brought_forward(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename_model(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE meta SET value = '\"renamed\"' WHERE key = 'model'")

    monkeypatch.setattr(project_schema, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(project_schema, "MIGRATIONS", {1: rename_model})
    before = stored.read_bytes()
    assert read_project(stored).model == "renamed"
    assert stored.read_bytes() == before
    with ProjectFile.open(stored) as file:
        assert not file.is_read_only
        assert file.load() == replace(PROJECT, model="renamed")
    with closing(sqlite3.connect(stored)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (2,)


def test_migration_that_fails_leaves_the_file(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM vesicles")
        connection.execute("SELECT nonsense")

    monkeypatch.setattr(project_schema, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(project_schema, "MIGRATIONS", {1: broken})
    with pytest.raises(CryoVesError, match=r"p\.cryoves"):
        ProjectFile.open(stored)
    monkeypatch.undo()
    assert read_project(stored) == PROJECT


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vesicles SET data = 'x' WHERE id = 1",
        "UPDATE vesicles SET data = '[]' WHERE id = 1",
        "UPDATE vesicles SET data = json_remove(data, '$.radius_nm')",
        "UPDATE vesicles SET data = json_set(data, '$.radius_nm', 'wide')",
        "UPDATE vesicles SET data = json_set(data, '$.radius_nm', -1)",
        "UPDATE vesicles SET data = json_set(data, '$.x_nm', json('1e999'))",
        "UPDATE vesicles SET data = json_set(data, '$.status', 'great')",
        "UPDATE vesicles SET data = json_set(data, '$.id', 77)",
        "UPDATE vesicles SET data = json_set(data, '$.tags', 3)",
        "UPDATE regions SET data = '{}'",
        "UPDATE regions SET data = json_set(data, '$.contours', json('[{\"points_px\": [[1, 1e300, 1]]}]'))",
        "UPDATE meta SET value = '3' WHERE key = 'tomogram'",
        "UPDATE meta SET value = '{\"wrong\": 1}' WHERE key = 'recipe'",
        "UPDATE meta SET value = '\"x\"' WHERE key = 'next_id'",
        "DELETE FROM meta WHERE key = 'run'",
    ],
)
def test_values_that_cannot_be_are_one_sentence(stored: Path, statement: str) -> None:
    change(stored, statement)
    with pytest.raises(CryoVesError), ProjectFile.open(stored) as file:
        file.load()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE actions SET parent = 1", "UPDATE actions SET parent = 50", "UPDATE actions SET forward = '3'",
     "UPDATE meta SET value = '7' WHERE key = 'tip'"],
)  # fmt: skip
def test_damaged_history_is_one_sentence(stored: Path, statement: str) -> None:
    change(stored, statement)
    with ProjectFile.open(stored) as file, pytest.raises(CryoVesError, match="damaged"):
        file.actions()


def test_files_of_others_are_one_sentence(tmp_path: Path, stored: Path) -> None:
    foreign = tmp_path / "foreign.cryoves"
    change(foreign, "CREATE TABLE t (a)")
    carrying = copy_of(stored, "t.cryoves")
    change(carrying, "CREATE TRIGGER t AFTER INSERT ON actions BEGIN DELETE FROM vesicles; END")
    text, empty = tmp_path / "text.cryoves", tmp_path / "empty.cryoves"
    text.write_text("no project " * 500)
    empty.write_bytes(b"")
    for path in (foreign, carrying, text, empty):
        for read in (ProjectFile.open, read_project):
            with pytest.raises(CryoVesError, match="is no CryoVes project"):
                read(path)
    with pytest.raises(CryoVesError, match="does not exist"):
        ProjectFile.open(tmp_path / "none.cryoves")
    with pytest.raises(CryoVesError, match="is a folder"):
        ProjectFile.open(tmp_path)


def copy_of(path: Path, name: str) -> Path:
    copy = path.with_name(name)
    copy.write_bytes(path.read_bytes())
    return copy


def test_damage_never_gives_anything_but_a_sentence(stored: Path) -> None:
    whole = stored.read_bytes()
    rng = random.Random(5)
    failed = 0
    for round_number in range(120):
        raw = bytearray(whole)
        if round_number % 4 == 0:
            raw = raw[: rng.randrange(len(raw))]
        else:
            start = rng.randrange(len(raw))
            length = rng.choice([1, 8, 200])
            raw[start : start + length] = rng.randbytes(len(raw[start : start + length]))
        path = stored.with_name("damaged.cryoves")
        path.write_bytes(raw)
        for read in (read_project, open_all):
            try:
                read(path)
            except CryoVesError:
                failed += 1
        with suppress(OSError):
            path.with_name(path.name + "-journal").unlink()
    assert failed > 50


def open_all(path: Path) -> None:
    with ProjectFile.open(path) as file:
        file.load()
        file.actions()

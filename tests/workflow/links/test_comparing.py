"""Our links beside those of Pyto: by pairs, by voxels, and what cannot be compared."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from cryoves_app.analysis.links.field import LinkLabels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.links.judgement import LinkJudgement
from cryoves_app.domain.vesicle import Status
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.workflow.links.compared import COMPARED_COLUMNS, NamedBy, compare_links
from cryoves_app.workflow.links.found import FoundLinks, find_links
from cryoves_app.workflow.links.others import read_other_links
from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe
from cryoves_app.workflow.links.sources import LinkSource
from cryoves_app.workflow.links.tables import link_volume, write_links
from tests.formats.test_pyto_segments import HEADER, ROW, table
from tests.workflow.links.test_zones import SHAPE, found

#: Numbers of Pyto for the tethers and the connector of the scene.
THERE = {21: (2, 10), 22: (10, 11), 23: (2, 10)}


def segment(number: int, ends: tuple[int, int], volume: int) -> str:
    row = ROW.replace("  7 ", f"{number:3d} ", 1).replace("     20     20", f"{volume:7d}     20")
    return row.replace("[10 18]", f"[{ends[0]:2d} {ends[1]:2d}]")


def write_volume(path: Path, labels: np.ndarray) -> Path:
    with mrcfile.new(path) as mrc:
        mrc.set_data(labels)
    return path


def as_pyto(folder: Path, links: FoundLinks, drop: int = 0) -> Path:
    """What was found, as Pyto's tables and volumes; one of its links is left out."""
    folder.mkdir()
    voxels = link_volume(links)
    numbers = dict(zip((1, 2, 3), THERE, strict=True))
    for kind in ("tethers", "connectors"):
        meant = [n for n, link in enumerate(links.links, 1) if f"{link.kind}s" == kind and n != drop]
        rows = [segment(numbers[n], THERE[numbers[n]], links.links[n - 1].volume) for n in meant]
        table(folder / f"t_new_{kind}_good.dat", *rows, header=HEADER if rows else "#")
        own = np.zeros(SHAPE, np.uint16)
        for n in meant:
            own[voxels == n] = numbers[n]
        write_volume(folder / f"t_new_{kind}_good.mrc", own)
    table(folder / "t_new_connectors_small.dat", segment(4, (11, 12), 2))
    table(folder / "t_thr-0.dat", segment(4, (11, 12), 2))
    (folder / "t_vesicles.dat").write_text("# Vesicle ids:\n 10 1 2\n")
    (folder / "t.pkl").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    return folder


def test_the_same_links_have_the_same_voxels(tmp_path: Path) -> None:
    links = found()
    compared = compare_links(links, read_other_links(as_pyto(tmp_path / "pyto", links), links.source))
    assert [(p.ends, p.named_by, p.here, p.there, p.same) for p in compared.pairs] == [
        ((10, 11), NamedBy.BOTH, (2,), (22,), 1),
        ((2, 10), NamedBy.BOTH, (1, 3), (21, 23), 2),
    ]
    assert all(p.voxels_here == p.voxels_there == p.shared for p in compared.pairs)
    assert compared.notes == ()
    assert compared.sentence == (
        "t: 2 linked pairs here and 2 in pyto, 2 of them the same; 0 only here, 0 only there. "
        "3 of 3 links here and 3 there have the same voxels."
    )


def test_what_only_one_found(tmp_path: Path) -> None:
    links = found()
    other = read_other_links(as_pyto(tmp_path / "pyto", links, drop=2), links.source)
    rejected = (
        LinkJudgement(links.places[0], Status.REJECTED),
        LinkJudgement(links.places[2], Status.REJECTED),
    )
    compared = compare_links(replace(links, judgements=rejected), other)
    assert [(p.ends, p.named_by, p.shared) for p in compared.pairs] == [
        ((10, 11), NamedBy.HERE, 0),
        ((2, 10), NamedBy.THERE, 0),
    ]
    assert compared.of_link == {2: NamedBy.HERE}


def test_one_table_is_compared_with_its_own_kind(tmp_path: Path) -> None:
    links = found()
    folder = as_pyto(tmp_path / "pyto", links)
    (folder / "t_new_connectors_good.mrc").unlink()
    compared = compare_links(links, read_other_links(folder / "t_new_connectors_good.dat", links.source))
    assert [(p.ends, p.named_by, p.shared) for p in compared.pairs] == [((10, 11), NamedBy.BOTH, None)]
    assert compared.notes == ("t_new_connectors_good.dat tells of no tethers, so these are not compared.",)
    assert "voxels" not in compared.sentence


def test_a_label_volume_alone_tells_its_pairs_by_touch(tmp_path: Path) -> None:
    """What lies in the open is known by the link with which it shares most voxels, or not at all."""
    links = found()
    voxels = link_volume(links).astype(np.uint16)
    part = np.argwhere(voxels == 2)[3:8]
    voxels[voxels == 2] = 0
    voxels[tuple(part.T)] = 9
    voxels[8, 90, 20] = 8
    path = write_volume(tmp_path / "segments.mrc", voxels)
    compared = compare_links(links, read_other_links(path, links.source))
    assert [(p.ends, p.here, p.there, p.shared, p.same) for p in compared.pairs] == [
        (None, (), (8,), 0, 0),
        ((10, 11), (2,), (9,), 5, 0),
        ((2, 10), (1, 3), (1, 3), 14, 2),
    ]
    assert "stands alone" in compared.notes[0]


def test_the_hierarchy_s_volume_is_taken_where_it_holds_the_segments(tmp_path: Path) -> None:
    links = found()
    folder = as_pyto(tmp_path / "pyto", links)
    whole = sum(load_labels(p)[0].astype(int) for p in folder.glob("*.mrc"))
    for path in folder.glob("*.mrc"):
        path.unlink()
    write_volume(folder / "t.mrc", whole.astype(np.uint16))
    assert compare_links(links, read_other_links(folder, links.source)).pairs[0].same == 1
    (folder / "t.mrc").unlink()
    write_volume(folder / "t.mrc", np.where(whole == 22, 0, whole).astype(np.uint16))
    other = read_other_links(folder, links.source)
    assert other.volume is None
    assert "does not hold the table's segments" in other.notes[0]
    (folder / "t.mrc").unlink()
    write_volume(folder / "t.mrc", whole[:4].astype(np.uint16))
    other = read_other_links(folder, links.source)
    assert other.volume is None
    assert "Its voxels are not compared" in other.notes[0]


def test_links_that_run_between_others_there(tmp_path: Path) -> None:
    """Numbers of vesicles may have changed: the voxels still meet."""
    links = found()
    folder = as_pyto(tmp_path / "pyto", links)
    path = folder / "t_new_connectors_good.dat"
    path.write_text(path.read_text().replace("[10 11]", "[10 12]"))
    compared = compare_links(links, read_other_links(folder, links.source))
    assert [(p.ends, p.named_by, p.meets) for p in compared.pairs[:2]] == [
        ((10, 11), NamedBy.HERE, ((10, 12),)),
        ((10, 12), NamedBy.THERE, ()),
    ]


def of_project(links: FoundLinks) -> LinkSource:
    return replace(links.source, id_of_label={10: 5, 11: 3, 12: 8})


def test_labels_of_an_export_are_vesicles_by_its_ids(tmp_path: Path) -> None:
    source = of_project(found())
    links = find_links(source, LinkPlan(LinkRecipe.PYTO, (0.0,)))
    (tmp_path / "3d").mkdir()
    (tmp_path / "3d" / "ids.csv").write_text("label,vesicle_id\n10,5\n11,8\n12,3\n")
    folder = as_pyto(tmp_path / "connectors", found())
    compared = compare_links(links, read_other_links(folder, source))
    assert [(p.ends, p.named_by) for p in compared.pairs] == [
        ((3, 5), NamedBy.HERE),
        ((5, 8), NamedBy.THERE),
        ((0, 5), NamedBy.BOTH),
    ]
    (tmp_path / "3d" / "ids.csv").unlink()
    compared = compare_links(links, read_other_links(folder, source))
    assert {p.named_by for p in compared.pairs} == {NamedBy.BOTH}
    path = folder / "t_new_connectors_good.dat"
    path.write_text(path.read_text().replace("[10 11]", "[10 77]"))
    with pytest.raises(CryoVesError, match="speaks of label 77"):
        read_other_links(folder, source)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    folder = as_pyto(tmp_path / "pyto", found())
    with pytest.raises(CryoVesError, match="which can run commands when it is opened"):
        read_other_links(folder / "t.pkl", found().source)
    for path in [p for p in folder.iterdir() if p.suffix != ".pkl"]:
        path.unlink()
    with pytest.raises(CryoVesError, match=r"t\.pkl is a pickle.*give the tables"):
        read_other_links(folder, found().source)


def test_what_cannot_be_compared_is_a_sentence(tmp_path: Path) -> None:
    links = found()
    folder = as_pyto(tmp_path / "pyto", links)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.csv").write_text("id,x\n1,2\n")
    (tmp_path / "b.csv").write_text("a,b\n1,x\n")
    write_volume(tmp_path / "none.mrc", np.zeros(SHAPE, np.uint16))
    for path, words in (
        (tmp_path / "empty", "holds no table of segments"),
        (tmp_path / "a.csv", "no columns a and b"),
        (tmp_path / "b.csv", "line 2"),
        (tmp_path / "none.mrc", "holds no segment"),
        (tmp_path / "gone.mrc", "gone.mrc"),
        (tmp_path / "gone.dat", "does not exist"),
        (folder / "t_vesicles.dat", "as a table of segments"),
    ):
        with pytest.raises(CryoVesError, match=words):
            read_other_links(path, links.source)
    shutil.copy(folder / "t_new_tethers_good.dat", folder / "other_new_tethers_good.dat")
    with pytest.raises(CryoVesError, match="several runs"):
        read_other_links(folder, links.source)


def test_tables_of_our_own_and_what_is_written(tmp_path: Path) -> None:
    """One result beside another; an earlier comparison goes where there is none any more."""
    links = found()
    write_links(links, tmp_path / "first")
    compared = compare_links(links, read_other_links(tmp_path / "first", links.source))
    assert {p.named_by for p in compared.pairs} == {NamedBy.BOTH}
    assert sum(p.same or 0 for p in compared.pairs) == 3
    write_links(links, tmp_path / "second", compared=compared)
    with (tmp_path / "second" / "links_compared.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COMPARED_COLUMNS
    assert [(row["found_by"], row["kind"], row["a"], row["b"], row["ids_there"]) for row in rows] == [
        ("both", "connector", "10", "11", "2"),
        ("both", "tether", "2", "10", "1 3"),
    ]
    record = json.loads((tmp_path / "second" / "links.json").read_text(encoding="utf-8"))
    assert record["compared"]["pairs"]["tether"] == {"both": 1, "here": 0, "there": 0}
    with pytest.raises(CryoVesError, match="is read for this result"):
        write_links(links, tmp_path / "first", force=True, compared=compared)
    write_links(links, tmp_path / "second", force=True)
    assert not (tmp_path / "second" / "links_compared.csv").exists()


def test_all_pairs_of_the_program_itself(shared_data: Path, tmp_path: Path) -> None:
    case = shared_data / "pyto_reference"
    if not case.is_dir():
        pytest.skip("the data are not here")
    volumes = np.load(case / "output" / "labels.npz")
    for kind in ("connectors", "tethers"):
        for size in ("small", "good", "big"):
            name = f"tomo_new_{kind}_{size}"
            shutil.copy(case / "output" / f"{name}.dat", tmp_path)
            write_volume(tmp_path / f"{name}.mrc", volumes[f"new_{kind}_{size}"])
    tomogram = open_volume(case / "input" / "tomo.mrc")
    labels, _ = load_labels(case / "input" / "labels.mrc")
    source = LinkSource(
        "tomo", tomogram.with_voxel_size(2.2), labels, LinkLabels(1, tuple(range(10, 29)), 2), ()
    )
    plan = LinkPlan(LinkRecipe.PYTO, tuple(float(t) for t in range(-5000, 251, 250)), 249)
    compared = compare_links(find_links(source, plan), read_other_links(tmp_path, source))
    assert [compared.count(by) for by in NamedBy] == [20, 0, 0]
    assert sum(p.same or 0 for p in compared.pairs) == 41

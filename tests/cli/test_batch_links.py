"""Links looked for after segmenting, as a queue asks for it: tables, summary, study; what stands in the way is told."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map, write_mrc_labels
from tests.cli.program import run
from tests.phantoms import phantom

SHAPE, VOXEL_NM = (48, 64, 64), 2.2
#: Two vesicles 8 nm apart, and a third further away.
BALLS = [(52.0, 40.0, 44.0, 20.0), (55.0, 40.0, 92.0, 20.0), (50.0, 104.0, 70.0, 21.0)]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("linked")
    for number, name in enumerate(("with", "without")):
        grey = phantom(BALLS, SHAPE, seed=number).grey.astype("float32")
        write_map(folder / f"{name}.mrc", grey, VolumeInfo(SHAPE, grey.dtype, VOXEL_NM))
    inside = np.ones(SHAPE, np.uint16)
    inside[:, 60:] = 0
    write_mrc_labels(folder / "cell.mrc", inside, VolumeInfo(SHAPE, inside.dtype, VOXEL_NM))
    (folder / "queue.toml").write_text(
        'output = "out"\nlinks = true\n'
        '[[tomogram]]\npath = "with.mrc"\ncondition = "a"\nregion = "cell.mrc"\n'
        '[[tomogram]]\npath = "without.mrc"\ncondition = "b"\n',
        encoding="utf-8",
    )
    return folder


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_links_stand_in_the_tables_where_the_region_is_known(results: Path) -> None:
    first = run("batch", results / "queue.toml", "--threads", 1, "--json", data=results / "data")
    assert first.returncode == 0, first.stderr
    assert "Links were not looked for: no outline of the cytoplasm is known (--region)." in first.stderr
    with_region, without = json.loads(first.stdout)
    folder = results / "out" / "with"
    (links,) = _rows(folder / "links_summary.csv")
    assert links["vesicles"] == str(with_region["accepted"])
    assert str(with_region["connectors"]) == links["connectors_good"]
    assert (with_region["tethers"], with_region["tethered"]) == (0, 0)
    assert without["connectors"] == ""
    assert not list((results / "out" / "without").glob("*links*"))
    assert [row["connectors"] for row in _rows(results / "out" / "summary.csv")] == [
        links["connectors_good"],
        "",
    ]
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["job"]["links"] is True

    before = (folder / "links.csv").stat().st_mtime_ns
    again = run("batch", results / "queue.toml", "--threads", 1, "--json", data=results / "data")
    assert [row["state"] for row in json.loads(again.stdout)] == ["skipped", "skipped"]
    assert str(json.loads(again.stdout)[0]["connectors"]) == links["connectors_good"]
    assert (folder / "links.csv").stat().st_mtime_ns == before
    (folder / "links.csv").unlink()
    stale = results / "out" / "without" / "vesicle_links.csv"  # of other vesicles
    stale.write_text("id,n_connectors,n_tethers\n1,4,0\n", encoding="utf-8")
    run("batch", results / "queue.toml", "--threads", 1, "--json", data=results / "data")
    assert (folder / "links.csv").is_file()
    assert not stale.exists()

    study = run("study", results / "out", "-o", results / "study", data=results / "data")
    assert study.returncode == 0, study.stderr
    known = {row["tomogram"]: row for row in _rows(results / "study" / "tomograms.csv")}
    shares = [(name, value) for name, value in known["with"].items() if "connected" in name]
    assert shares
    assert all(value for _, value in shares)
    assert not any(value for name, value in known["without"].items() if "connected" in name)

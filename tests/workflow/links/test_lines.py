"""Links as lines for IMOD and ChimeraX."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import imodmodel
import numpy as np
import pytest

from cryoves_app.domain.links.judgement import LinkJudgement
from cryoves_app.domain.vesicle import Status
from cryoves_app.workflow.links.lines import link_threads
from cryoves_app.workflow.links.tables import write_links
from tests.workflow.links.test_zones import found


def test_lines_run_from_end_to_end() -> None:
    """Of the connector from the first vesicle to the second; of tethers from the zone to the vesicle."""
    threads = {thread.note: thread for thread in link_threads(found())}
    connector = threads.pop("connector 2: 10 - 11")
    assert (connector.start_nm, connector.end_nm) == ((8.0, 34.0, 22.0), (8.0, 62.0, 22.0))
    assert set(threads) == {"tether 1: 2 - 10", "tether 3: 2 - 10"}
    assert [(t.start_nm[1], t.end_nm[1]) for t in threads.values()] == [(10.0, 22.0)] * 2


def test_rejected_links_are_left_out() -> None:
    links = found()
    judged = tuple(LinkJudgement(links.places[n - 1], Status.REJECTED) for n in (2, 3))
    judged = (*judged, LinkJudgement(links.places[0], Status.ACCEPTED))
    assert len(list(link_threads(replace(links, judgements=judged)))) == 1


def test_the_model_as_another_program_reads_it(tmp_path: Path) -> None:
    write_links(found(), tmp_path)
    rows = imodmodel.read(tmp_path / "links.mod")
    lines = rows[rows["object_id"] > 0]
    assert lines.groupby(["object_id", "contour_id"]).size().tolist() == [2, 2, 2]
    first = lines[lines["object_id"] == 1][["x", "y", "z"]].to_numpy()
    assert first - first[0] == pytest.approx(np.array([[0, 0, 0], [0, 14, 0]]))

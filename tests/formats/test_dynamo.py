from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.dynamo import read_dynamo, write_dynamo

VESICLES = [Vesicle(3, 20.0, 40.0, 60.0, 20.5), Vesicle(8, 100.25, 200.125, 400.0, 18.0)]


def test_columns(tmp_path: Path) -> None:
    write_dynamo(tmp_path / "v.tbl", VESICLES, 2.0, tomogram=7)
    rows = np.loadtxt(tmp_path / "v.tbl")
    assert rows.shape == (2, 35)
    assert list(rows[0, [0, 19, 23, 24, 25]]) == [3, 7, 31, 21, 11]
    assert " 31.00000 21.00000 11.00000 " in (tmp_path / "v.tbl").read_text()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_centres_come_back(tmp_path: Path, count: int) -> None:
    write_dynamo(tmp_path / "v.tbl", VESICLES[:count], 1.469)
    back = read_dynamo(tmp_path / "v.tbl", 1.469)
    assert list(back) == [v.id for v in VESICLES[:count]]
    for vesicle in VESICLES[:count]:
        np.testing.assert_allclose(back[vesicle.id], vesicle.sphere.centre_nm, atol=1e-4)


@pytest.mark.parametrize("content", ["1 2 3\n", "text here\n", "1 2\n3\n"])
def test_other_files_are_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "v.tbl").write_text(content)
    with pytest.raises(CryoVesError, match=r"v\.tbl"):
        read_dynamo(tmp_path / "v.tbl", 1.0)
    with pytest.raises(CryoVesError, match="does not exist"):
        read_dynamo(tmp_path / "none.tbl", 1.0)

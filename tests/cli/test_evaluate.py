"""``cryoves evaluate``: where scores may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.cli.main import main
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.tables.table import write_vesicles


@pytest.mark.parametrize("compared", ["prediction.csv", "truth.csv"])
def test_force_never_replaces_what_is_compared(
    tmp_path: Path, compared: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "prediction.csv", tmp_path / "truth.csv"]
    for file in files:
        write_vesicles(file, [Vesicle(1, 50, 50, 50, 20)], 2.0)
    before = [file.read_bytes() for file in files]
    assert main(["evaluate", *map(str, files), "--json", str(tmp_path / compared), "--force"]) == 1
    assert "not replaced" in capsys.readouterr().err
    assert [file.read_bytes() for file in files] == before

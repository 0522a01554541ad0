from __future__ import annotations

import errno
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.sentences import writing

OUT = Path("/data/out/run")
HIDDEN = "/data/out/.cryoves-019a3000000-1f0c2b3d-9a8b7c.partial/run/labels.mrc"


@pytest.mark.parametrize(
    ("number", "file", "sentence"),
    [
        (errno.ENOENT, "/data/in/a.mrc", "/data/in/a.mrc cannot be used: it is no longer there."),
        (errno.ENOENT, "/data/out/a.mrc", "/data/out/a.mrc cannot be used: it is no longer there."),
        (errno.ENOSPC, "/tmp/x.npy", "/tmp/x.npy cannot be used: the disk is full."),
        (errno.ENAMETOOLONG, "/in/long", "/in/long cannot be used: its name is too long."),
        (
            errno.EACCES,
            "/data/out/run",
            "/data/out/run could not be written: there is no right to write there.",
        ),
        (errno.EACCES, "/data/out", "/data/out/run could not be written: there is no right to write there."),
        (errno.ENOSPC, "/data/out/run/3d/a", "/data/out/run could not be written: the disk is full."),
        (errno.ENOSPC, HIDDEN, "/data/out/run could not be written: the disk is full."),
        (errno.ENOSPC, None, "/data/out/run could not be written: the disk is full."),
    ],
)
def test_the_file_that_was_refused_is_named(number: int, file: str | None, sentence: str) -> None:
    """What had to be read while something was written is another file, which is not written at all."""
    with pytest.raises(CryoVesError) as told, writing(OUT):
        raise OSError(number, "as the system says", file)
    assert str(told.value) == sentence

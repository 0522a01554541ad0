import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path


def test_bundled_file_is_found():
    assert resource_path("icons", "cryoves.svg").read_text(encoding="utf-8").startswith("<svg")


def test_missing_file_is_one_sentence():
    with pytest.raises(CryoVesError, match=r"lacks sample/none\.mrc"):
        resource_path("sample", "none.mrc")

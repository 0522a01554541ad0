import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.architecture import Architecture, architecture_of


def test_the_papers_network_has_the_known_number_of_parameters() -> None:
    assert Architecture(2, 16).parameter_count() == 250_641


def test_context_covers_the_receptive_field_in_multiples_of_the_pooling() -> None:
    assert Architecture(2, 16).context_px == 24
    assert Architecture(2, 16).multiple == 4
    assert Architecture(2, 16, fold=2).context_px == 48
    assert Architecture(2, 16, fold=2).multiple == 8


@pytest.mark.parametrize(
    "architecture", [Architecture(1, 8), Architecture(2, 16), Architecture(3, 32), Architecture(2, 16, 2)]
)
def test_an_architecture_is_known_again_by_its_kernels(architecture: Architecture) -> None:
    shapes = [c.kernel_shape for c in architecture.convolutions()]
    assert architecture_of(shapes) == architecture


@pytest.mark.parametrize("shapes", [[], [(3, 3, 3, 1, 16)], [(3, 3, 1, 16)] * 11, [(3, 3, 3, 1, 16)] * 11])
def test_other_networks_are_refused(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(CryoVesError, match="another network"):
        architecture_of(shapes)

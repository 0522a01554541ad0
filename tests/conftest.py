"""What all tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from threadpoolctl import threadpool_limits

# how long an example takes says nothing on a machine that others use too
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a background job of a shell ignores Ctrl-C, and so would each program that a test starts and interrupts
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as nohup leaves it

#: Real tomograms, models and weights beside the checkout; not part of the repository.
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SHARED_CASES = SHARED_DATA.with_name("cases")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes give a test no name: they may hold the time, and differ between processes that run side by side."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True, scope="session")
def _one_thread_for_small_matrices() -> Iterator[None]:
    """As the program does it for its fits: more threads only spin, and tests run side by side."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no real data beside the checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder of inputs that once failed; tests that need it are skipped where it is absent."""
    if not SHARED_CASES.is_dir():
        pytest.skip("no collection of failing inputs beside the checkout")
    return SHARED_CASES


@pytest.fixture(autouse=True, scope="session")
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the models and settings of whoever runs the tests out of them, and the tests out of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRYOVES_DATA", str(tmp_path_factory.mktemp("data")))
        yield

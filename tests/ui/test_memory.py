"""What a window holds before anything is done, and what it gives back."""

from __future__ import annotations

import sys

import pytest

from tests.cli.program import run_python

#: Of use in some dialogs only, and each as large as all the widgets.
SELDOM = (
    "scipy.signal",
    "scipy.stats",
    "matplotlib",
    "pandas",
    "sklearn",
    "zarr",
    "h5py",
    "openvino",
    "tensorflow",
)


def test_a_window_is_made_without_what_is_seldom_needed() -> None:
    done = run_python(
        "import sys, cryoves_app.ui.shell.main_window\n"
        f"sys.stdout.write(' '.join(name for name in {SELDOM!r} if name in sys.modules))"
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other libraries")
def test_large_arrays_are_given_back_though_small_ones_lie_between() -> None:
    done = run_python(
        "import numpy as np, psutil\n"
        "from cryoves_app.ui.base.allocator import return_large_memory\n"
        "assert return_large_memory()\n"
        "before, small = psutil.Process().memory_info().rss, []\n"
        "for _ in range(3):\n"
        "    large = []\n"
        "    for _ in range(10):\n"
        "        large.append(np.ones(8 << 20, np.uint8))\n"
        "        small.append(np.ones(3000, np.uint8))\n"
        "    del large\n"
        "print(psutil.Process().memory_info().rss - before)"
    )
    assert int(done.stdout) < 8 << 20, done.stderr

"""Where the frozen program starts: window, command line or worker process, as ``python -m cryoves_app``."""

import os
import sys
from multiprocessing import freeze_support
from pathlib import Path

if sys.stderr is None:  # a Windows program without a console has no streams, and libraries write to them
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as it runs

from cryoves_app.__main__ import main

if __name__ == "__main__":
    freeze_support()
    sys.exit(main())

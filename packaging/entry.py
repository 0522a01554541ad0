"""Where the frozen program starts: window, command line or worker process, as ``python -m cryoves_app``."""

import sys
from multiprocessing import freeze_support

from cryoves_app.__main__ import main

if __name__ == "__main__":
    freeze_support()
    sys.exit(main())

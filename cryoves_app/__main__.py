"""The program's one entry: window, command line or worker process."""

from __future__ import annotations

import sys

from cryoves_app.domain.program import DEPOSIT_FLAG, WEIGHTS_FLAG
from cryoves_app.environment import choose_libraries

WORKER_FLAG = "--worker"


def main() -> int:
    """Start what the arguments ask for; the exit code."""
    choose_libraries()
    if sys.argv[1:2] == [WORKER_FLAG]:
        from cryoves_app.workflow.worker import main as worker_main

        return worker_main()
    if sys.argv[1:2] == [WEIGHTS_FLAG]:
        from cryoves_app.network.weight_reader import serve

        return serve(sys.argv[2])
    if sys.argv[1:2] == [DEPOSIT_FLAG]:
        from cryoves_app.formats.sff import serve_deposit

        return serve_deposit(sys.argv[2])
    from cryoves_app.cli.main import main as command_line

    return command_line(sys.argv[1:])


if __name__ == "__main__":
    from multiprocessing import freeze_support

    freeze_support()
    sys.exit(main())

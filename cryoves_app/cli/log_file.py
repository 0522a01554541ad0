"""The log file of the command line: details of failures, for whoever asks."""

from __future__ import annotations

import logging
from pathlib import Path

from cryoves_app.domain.folders import log_folder

LOG_BYTES = 1_000_000


def log_path() -> Path:
    """Where the log lies; ``CRYOVES_DATA`` moves it."""
    return log_folder() / "cryoves-cli.log"


def start_log() -> Path | None:
    """Send the program's log messages to the file; ``None`` where it can't be written."""
    from logging.handlers import RotatingFileHandler

    logging.raiseExceptions = False  # a log on a full disk is no matter for standard error
    root = logging.getLogger("cryoves_app")
    root.propagate = False
    if root.handlers:
        return log_path()
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True)
    except OSError:
        root.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root.addHandler(handler)
    return path

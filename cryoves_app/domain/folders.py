"""The folders that are the program's own; ``CRYOVES_DATA`` puts them all into one place."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """Where models and working copies of projects lie."""
    return _chosen() or _own("data")


def settings_folder() -> Path:
    """Where the window's settings, thumbnails and log file lie."""
    return _chosen() or _own("config")


def log_folder() -> Path:
    """Where the command line's log file lies."""
    return _chosen() or _own("log")


def cache_folder() -> Path:
    """Where libraries may keep what they can make anew; it may be deleted at any time."""
    chosen = _chosen()
    return chosen / "caches" if chosen else _own("cache")


def _chosen() -> Path | None:
    chosen = os.environ.get("CRYOVES_DATA")
    return Path(chosen) if chosen else None


def _own(kind: str) -> Path:
    import platformdirs

    place = getattr(platformdirs, f"user_{kind}_dir")
    return Path(place("cryoves", appauthor=False))

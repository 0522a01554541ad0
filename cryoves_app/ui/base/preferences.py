"""What the window remembers between starts. Unreadable settings are forgotten, never in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from cryoves_app.domain.folders import settings_folder

RECENT_LENGTH = 8


class Preferences:
    """Typed access to the settings file."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or settings_folder()
        self._settings = QSettings(str(self.folder / "window.ini"), QSettings.Format.IniFormat)

    def text(self, key: str, default: str = "") -> str:
        value = self._settings.value(key, default)
        return value if isinstance(value, str) else default

    def flag(self, key: str, default: bool = False) -> bool:
        return self.text(key, "yes" if default else "no") == "yes"

    def set_flag(self, key: str, value: bool) -> None:
        self.put(key, "yes" if value else "no")

    def blob(self, key: str) -> QByteArray | None:
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) else None

    def put(self, key: str, value: Any) -> None:
        self._settings.setValue(key, value)

    def save(self) -> None:
        self._settings.sync()

    @property
    def recent(self) -> list[Path]:
        """Files opened lately that still exist, newest first."""
        value = self._settings.value("recent", [])
        paths = [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []
        return [Path(p) for p in paths if isinstance(p, str) and Path(p).exists()]

    def add_recent(self, path: Path) -> None:
        others = [p for p in self.recent if p != path]
        self.put("recent", [str(p) for p in [path, *others][:RECENT_LENGTH]])

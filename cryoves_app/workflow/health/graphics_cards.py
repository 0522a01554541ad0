"""The graphics cards of this computer and their drivers, asked from the system's own tools."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

_VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel", "0x1af4": "virtual", "0x15ad": "VMware"}
_SECONDS = 10


def graphics_cards() -> list[str]:
    """One line for each card, with its driver where the system tells; empty where none is found."""
    if sys.platform == "win32":
        return _of_windows(_answer(["powershell", "-NoProfile", "-Command", _WINDOWS_QUESTION]))
    if sys.platform == "darwin":
        return _of_macos(_answer(["system_profiler", "SPDisplaysDataType", "-json"]))
    return _of_nvidia(_answer(_NVIDIA_QUESTION)) or _of_linux(Path("/sys/bus/pci/devices"))


_NVIDIA_QUESTION = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
_WINDOWS_QUESTION = (
    "Get-CimInstance Win32_VideoController | Select-Object Name, DriverVersion | ConvertTo-Json -Compress"
)


def _answer(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout


def _of_nvidia(answer: str) -> list[str]:
    lines = [[cell.strip() for cell in line.split(",")] for line in answer.splitlines()]
    return [f"{cells[0]}, driver {cells[1]}, {cells[2]}" for cells in lines if len(cells) == 3]


def _of_windows(answer: str) -> list[str]:
    try:
        cards = json.loads(answer)
    except ValueError:
        return []
    cards = cards if isinstance(cards, list) else [cards]
    return [f"{card['Name']}, driver {card['DriverVersion']}" for card in cards if card.get("Name")]


def _of_macos(answer: str) -> list[str]:
    try:
        cards = json.loads(answer)["SPDisplaysDataType"]
    except (ValueError, KeyError):
        return []
    return [str(card.get("sppci_model", "graphics card")) for card in cards]


def _of_linux(devices: Path) -> list[str]:
    """Cards on the PCI bus: class 3 is display."""
    folders = [f for f in sorted(devices.glob("*")) if _text(f / "class").startswith("0x03")]
    return [_linux_card(folder) for folder in folders]


def _linux_card(folder: Path) -> str:
    vendor = _text(folder / "vendor")
    driver = (folder / "driver").resolve().name if (folder / "driver").exists() else "none"
    return f"{_VENDORS.get(vendor, vendor)} graphics, kernel driver {driver}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""

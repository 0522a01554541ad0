"""Does the frozen program work? It is started as a user would, away from the development environment.

``python3 packaging/smoke.py [PROGRAM_FOLDER | MACOS_APP]`` tests a folder that exists, installed or unpacked.
"""

from __future__ import annotations

import base64
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from debian import SetupError
from screen import virtual_screen

#: Vesicles of the sample that must come out accepted, of 60.
ENOUGH_VESICLES = 50
LIMIT_SECONDS = 900
#: A ball in 9 × 9 × 9 voxels, as labels in a TIFF file that is packed with LZW; itself packed with zlib.
PACKED_LABELS = (
    "eNrz9NRi4GBgYOBlYGBkYWAEsjiBmBGJzcTIDGaDVDFD2axAzAZlg7AgVP0FIBZFEhdDMkccyhYEYilGVjB7FRBLQ9mbgFgDSa8h"
    "IxMDD5DeBcSPoGLIuCQzLS0tMydVr6CSAQEaGBQCLFTEeNlbnBIDdqTwgc2ggs8mMBL2mTCSzyoYET5rYET12RJGTN9gut+RwWBG"
    "ipkkUJI6PghgIuwDGSJ9kMOEywdQ9/MwtjgmCuxQ0RNmbmdIDPhhEsbLSCV/KDBTzx82zLhjAsU/XIwtTgoTZoTwSTC2HlYymGES"
    "pk0t/3wgwj/yRPpHgIU4//AwA12TGLBCRU+Sqd3pwYUXOUHcwByjoEAlPx1goV4c3cHrJ9rHzwRW6vllDSuR6Y2G+SeBjXolWQkb"
    "kf6hQXmmwE5aXYPPHwwMBMozRH0CAERQVxQ="
)
COMMAND_LINE = "cryoves.exe" if os.name == "nt" else "cryoves"


def run(bundle: Path) -> None:
    """Try command line and window.

    Raises
    ------
    SetupError
        Saying what did not work.
    """
    with tempfile.TemporaryDirectory(prefix="cryoves-smoke-") as folder, virtual_screen() as screen:
        home = Path(folder)
        env = clean_environment(home, screen)
        print(f"Command line: {_command_line(bundle, home, env)} vesicles accepted", flush=True)
        _rarer_commands(bundle, home, env)
        verdict = _window(bundle, home, env)
    print(f"Window: usable after {verdict['seconds']:.1f} s, {verdict['vesicles']} vesicles found")


def clean_environment(home: Path, screen: dict[str, str]) -> dict[str, str]:
    """What a user's session has: none of Python's settings and no development environment on the path."""
    kept = ("SYSTEMROOT", "TEMP", "TMP", "LANG", "NUMBER_OF_PROCESSORS", "LOCALAPPDATA", "USERPROFILE")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    path = os.environ.get("SYSTEMROOT", "C:\\Windows") + "\\System32" if os.name == "nt" else "/usr/bin:/bin"
    return dict(env, PATH=path, HOME=str(home), CRYOVES_DATA=str(home / "data"), **screen)


def _command_line(bundle: Path, home: Path, env: dict[str, str]) -> int:
    program = str(_program(bundle, COMMAND_LINE))
    _start([program, "--version"], home, env)
    _start([program, "check"], home, env)
    sample = next(bundle.rglob("sample.mrc"))
    _start([program, "segment", str(sample), "-o", str(home / "out")], home, env)
    if not (home / "out" / "sample" / "overview.png").is_file():
        raise SetupError("The frozen command line drew no overview.")
    with (home / "out" / "sample" / "vesicles.csv").open(encoding="utf-8") as table:
        accepted = sum(row["status"] == "accepted" for row in csv.DictReader(table))
    if accepted < ENOUGH_VESICLES:
        raise SetupError(f"The frozen command line found only {accepted} vesicles in the sample.")
    return accepted


def _rarer_commands(bundle: Path, home: Path, env: dict[str, str]) -> None:
    """An imported model gets its ONNX export, a packed TIFF opens, and training is refused with a sentence."""
    program = str(_program(bundle, COMMAND_LINE))
    labels = home / "labels.tif"
    labels.write_bytes(zlib.decompress(base64.b64decode(PACKED_LABELS)))
    _start([program, "evaluate", str(labels), str(labels), "--voxel-size", "20"], home, env)
    weights = str(next(bundle.rglob("model.weights.h5")))
    _start([program, "model", "import", weights, "--name", "again"], home, env)
    if not list((home / "data").rglob("again/*.onnx")):
        raise SetupError("The model that was imported has no ONNX export.")
    refused = subprocess.run(
        [program, "train", str(home), "-o", str(home / "model")],
        cwd=str(home),
        env=env,
        check=False,
        timeout=LIMIT_SECONDS,
        stderr=subprocess.PIPE,
    )
    if refused.returncode != 1 or b"Training needs" not in refused.stderr:
        raise SetupError(
            f"Training was not refused with a sentence: {refused.stderr.decode(errors='replace')}"
        )


def _window(bundle: Path, home: Path, env: dict[str, str]) -> dict[str, float]:
    program = str(_program(bundle, "cryoves-window.exe" if os.name == "nt" else "cryoves"))
    started = time.time()
    _start([program, "window", "--self-test", str(home)], home, env)
    verdict: dict[str, float] = json.loads((home / "self_test.json").read_text(encoding="utf-8"))
    verdict["seconds"] = verdict["window_at"] - started
    command = [
        str(_program(bundle, COMMAND_LINE)),
        "export",
        str(home / "self_test.cryoves"),
        "-o",
        str(home / "exported"),
    ]
    _start([*command, "--format", "imod,labels,tiff,csv,star"], home, env)
    if len(list((home / "exported").rglob("*.*"))) < 5:
        raise SetupError("The project that the window saved was not exported to five files.")
    return verdict


def _program(bundle: Path, name: str) -> Path:
    """Where a program is in the folder, or on macOS in the application."""
    return (bundle / "Contents" / "MacOS" if bundle.suffix == ".app" else bundle) / name


def _start(command: list[str], home: Path, env: dict[str, str]) -> None:
    """Run a program to its end; errors that it only told of count as failures, too."""
    pipe = subprocess.PIPE
    done = subprocess.run(command, cwd=str(home), env=env, check=False, timeout=LIMIT_SECONDS, stderr=pipe)
    told = done.stderr.decode(errors="replace")
    sys.stderr.write(told)
    if done.returncode or "Traceback" in told:
        raise SetupError(f"The frozen program failed (exit code {done.returncode}): {' '.join(command)}")


if __name__ == "__main__":
    default = Path(__file__).resolve().parent.parent / "dist" / "cryoves"
    run(Path(sys.argv[1]) if sys.argv[1:] else default)

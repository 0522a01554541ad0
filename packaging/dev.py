"""Run CryoVes from a checkout, or check it: ``python3 packaging/dev.py run``, ``… test`` and ``… lint``.

Each makes the environment ``.venv`` first, with the versions of ``constraints.txt``, and reuses it afterwards.
Standard library only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import checks
import debian
import environment
from environment import ROOT

RUN_EXTRAS = {"gui", "train", "exchange"}
TEST_EXTRAS = RUN_EXTRAS | {"test"}
LINT_EXTRAS = {"test"}
SAMPLE = ROOT / "resources" / "sample" / "sample.mrc"
RESULTS = ROOT / "build" / "sample"


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    try:
        return int(args.command(args))
    except debian.SetupError as error:
        print(str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run or check CryoVes from a checkout.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser("run", help="open the bundled sample tomogram, or segment it without a display")
    run.add_argument("--headless", action="store_true", help="segment the sample on the command line")
    run.set_defaults(command=run_command)
    test = commands.add_parser("test", help="lint, types, contracts and tests")
    test.add_argument("--setup-only", action="store_true", help="make the environment and stop")
    test.add_argument("--long", action="store_true", help="with the tests that take minutes")
    test.add_argument("--coverage", action="store_true", help="count which lines the tests reach (slower)")
    test.add_argument("--bare", action="store_true", help="without window and training, as on a cluster node")
    test.add_argument("paths", nargs="*", metavar="PATH", help="only the tests of these files or folders")
    test.set_defaults(command=test_command)
    fuzz = commands.add_parser("fuzz", help="damaged files for every reader; what they do besides sentences")
    fuzz.add_argument("readers", nargs="*", metavar="READER", help="only these; all if left out")
    fuzz.add_argument("--minutes", type=float, default=1.0, metavar="N", help="for each reader (1)")
    fuzz.add_argument(
        "--inputs", type=int, metavar="N", help="so many damaged files for each reader, at most"
    )
    fuzz.add_argument("--seed", type=int, default=0, metavar="N", help="other damage (0)")
    fuzz.add_argument("--guided", action="store_true", help="guided by the lines that are reached (atheris)")
    fuzz.set_defaults(command=fuzz_command)
    faults = commands.add_parser("faults", help="hurt the program while it works; what was lost")
    faults.add_argument("faults", nargs="*", metavar="FAULT", help="only these; all if left out")
    faults.add_argument("--times", type=int, metavar="N", help="so often each, over all that it is done to")
    faults.add_argument("--work", action="append", default=[], metavar="WORK", help="only while it does this")
    faults.add_argument("--seed", type=int, default=0, metavar="N", help="other moments (0)")
    faults.set_defaults(command=faults_command)
    load = commands.add_parser("load", help="many actions in one project, and a window in long use")
    load.add_argument("--vesicles", type=int, default=5000, metavar="N", help="in the project (5000)")
    load.add_argument("--actions", type=int, default=100_000, metavar="N", help="in its history (100000)")
    load.add_argument(
        "--events", type=int, default=30_000, metavar="N", help="keys and clicks (30000; 0: none)"
    )
    load.add_argument("--collect", action="store_true", help="collect all garbage of the window at each look")
    load.set_defaults(command=load_command)
    lint = commands.add_parser("lint", help="only lint, format, types and contracts")
    lint.set_defaults(command=lint_command)
    return parser


def run_command(args: argparse.Namespace) -> int:
    windowed = not args.headless and has_display(sys.platform, os.environ)
    if windowed:
        debian.install(debian.missing_window_packages(), "The window needs system libraries")
    python = environment.ensure(RUN_EXTRAS)
    return _open_window(python) if windowed else _segment_sample(python)


def has_display(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether a window can be shown: always on a desktop system, on Linux when a display is named."""
    if platform.startswith("linux"):
        return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    return not environ.get("SSH_CONNECTION")


def _open_window(python: Path) -> int:
    return subprocess.run([str(python), "-m", "cryoves_app", str(SAMPLE)], check=False).returncode


def _segment_sample(python: Path) -> int:
    print(f"Segmenting the bundled sample tomogram {SAMPLE}", flush=True)
    command = [str(python), "-m", "cryoves_app", "segment", str(SAMPLE), "-o", str(RESULTS), "--force"]
    code = subprocess.run(command, check=False).returncode
    if code == 0:
        print(f"The results are in {RESULTS / SAMPLE.stem}:")
        for path in sorted((RESULTS / SAMPLE.stem).iterdir()):
            print(f"  {path.name}")
    return code


def test_command(args: argparse.Namespace) -> int:
    if not args.bare:
        debian.install(debian.missing_test_packages(), "The tests need system libraries")
    python = environment.ensure({"test"} if args.bare else TEST_EXTRAS)
    if args.setup_only:
        return 0
    paths = [str(Path(path).resolve()) for path in args.paths]
    chosen = checks.Chosen(paths, long=args.long, coverage=args.coverage, bare=args.bare)
    return checks.run(str(python), chosen)


def fuzz_command(args: argparse.Namespace) -> int:
    python = environment.ensure({"test", "fuzz"} if args.guided else {"test"})
    command = [str(python), "-m", "tests.fuzz.run", *args.readers, "--minutes", str(args.minutes)]
    command += ["--seed", str(args.seed), *(["--inputs", str(args.inputs)] if args.inputs else [])]
    command += ["--guided"] if args.guided else []
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def faults_command(args: argparse.Namespace) -> int:
    python = environment.ensure(TEST_EXTRAS)
    command = [str(python), "-m", "tests.faults.run", *args.faults, "--seed", str(args.seed)]
    command += [word for work in args.work for word in ("--work", work)]
    command += ["--times", str(args.times)] if args.times else []
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def load_command(args: argparse.Namespace) -> int:
    debian.install(debian.missing_test_packages(), "The window needs a screen")
    python = environment.ensure(TEST_EXTRAS)
    counts = [f"--vesicles={args.vesicles}", f"--actions={args.actions}", f"--events={args.events}"]
    counts += ["--collect"] if args.collect else []
    screen = ["xvfb-run", "-a"] if sys.platform.startswith("linux") else []
    return subprocess.run(
        [*screen, str(python), "-m", "tests.load.run", *counts], cwd=ROOT, check=False
    ).returncode


def lint_command(_args: argparse.Namespace) -> int:
    return checks.run_static(str(environment.ensure(LINT_EXTRAS)))


if __name__ == "__main__":
    sys.exit(main())

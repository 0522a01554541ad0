"""The command line's frame: finds the command, runs it, and turns failures into sentences.

A command is one module of this package with ``add_parser(subparsers)``, which declares its arguments and
sets ``run`` as the parser's default, and ``run(args) -> int``. To stay fast, such a module imports at its
top nothing but the standard library, ``cli`` and ``domain.errors``; everything else inside ``run``.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryoves_app import __version__
from cryoves_app.cli import console
from cryoves_app.cli.log_file import start_log
from cryoves_app.domain.errors import Cancelled, CryoVesError, readable
from cryoves_app.domain.shortage import keep_reserve, use_reserve, why_short
from cryoves_app.workflow.jobs.endings import (
    interrupt_at_endings,
    interrupt_no_more,
    interrupts_as_such,
    stop_if_told,
)

#: Modules of this package that are commands, in the order in which ``--help`` shows them.
COMMANDS = (
    "segment",
    "evaluate",
    "export",
    "simulate",
    "model",
    "train",
    "improve",
    "adapt",
    "mask",
    "benchmark",
    "batch",
    "study",
    "links",
    "active-zone",
    "points",
    "figure",
    "check",
    "check-public",
)

DONE, FAILED, WRONG_USAGE = 0, 1, 2
STOPPED = "Stopped; nothing was left half-written."


def main(argv: Sequence[str]) -> int:
    """Run the command line; the exit code (0 done, 1 failed with a sentence, 2 wrong usage)."""
    console.open_streams()
    keep_reserve()
    try:
        interrupt_at_endings()  # as cleanly as Ctrl-C does
        code = _code_of(argv)
        interrupt_no_more()
        if code == FAILED:
            _clear()  # what could not be removed for want of memory
    except KeyboardInterrupt:
        interrupt_no_more()
        _clear()
        console.error(STOPPED)
        code = FAILED
    return code


def _code_of(argv: Sequence[str]) -> int:
    try:
        with interrupts_as_such():
            args = _parsed(list(argv))
            stop_if_told()
            if not getattr(args, "has_own_log", False):
                start_log()
            return int(args.run(args))
    except Cancelled:
        console.error(STOPPED)
    except console.OutputLost as error:
        if not error.unwanted:
            console.error(str(error))
    except CryoVesError as error:
        console.error(str(error))
    except Exception as error:  # noqa: BLE001 - a sentence, and the details of a mistake of ours in the log
        _tell(error)
    return FAILED


def _clear() -> None:
    use_reserve()
    with suppress(MemoryError):  # the next run clears what this one cannot
        from cryoves_app.storage.temporary import clear_interrupted  # not needed for help

        clear_interrupted()


def _parsed(arguments: list[str]) -> argparse.Namespace:
    if _asks_for_window(arguments):
        arguments.insert(0, "window")
    return _parser().parse_args(arguments)


class _Parser(argparse.ArgumentParser):
    """Tells help, version and wrong usage as the commands tell their words."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:
            console.say(message.rstrip("\n"))
        else:
            console.note(readable(message.rstrip("\n")))


def _tell(error: Exception) -> None:
    use_reserve()
    if sentence := why_short(error):
        _keep(error)
        console.error(sentence)
        console.fall_silent()
    elif isinstance(error, ImportError):
        _tell_libraries(error)
    else:
        _tell_mistake(error)


def _keep(error: Exception) -> Path | None:
    """The log with an error's details, if it can be written."""
    path = start_log()
    logging.getLogger(__name__).error("unexpected", exc_info=error)
    return path


def _tell_libraries(error: ImportError) -> None:
    """Another program's libraries may come first, or one of ours may be missing."""
    if (error.name or "").partition(".")[0] == __package__.partition(".")[0]:
        _tell_mistake(error)
    else:
        from cryoves_app.cli.window import why_not_imported

        console.error(f"CryoVes cannot work because {why_not_imported(error, extra='')}")


def _tell_mistake(error: Exception) -> None:
    path = _keep(error)
    where = f"; details are in {path}" if path else ""
    if isinstance(error, OSError) and error.strerror:  # of a path that no part looked at more closely
        console.error(f"“{error.filename or 'A file'}” cannot be used: {error.strerror.lower()}{where}.")
        return
    console.error(
        f"Something went wrong that the program did not expect: {type(error).__name__}: {error}{where}."
    )


def _asks_for_window(arguments: Sequence[str]) -> bool:
    """``cryoves`` and ``cryoves FILE`` open the window; a command or an option comes first otherwise."""
    return not arguments or not (arguments[0] in (*COMMANDS, "window") or arguments[0].startswith("-"))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cryoves",
        description="Segment synaptic vesicles in cryo-electron tomograms.",
        epilog="“cryoves” or “cryoves FILE” opens the window; “cryoves COMMAND --help” explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"cryoves {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in (*COMMANDS, "window"):
        importlib.import_module(f"cryoves_app.cli.{name.replace('-', '_')}").add_parser(subparsers)
    return parser

"""``cryoves check``: what this computer has and whether it is enough."""

from __future__ import annotations

import argparse

from cryoves_app.cli import console
from cryoves_app.cli.arguments import add_engine_options, threads


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "check",
        help="check this computer: processor, memory, disk, graphics card, engines, speed",
        description="Says in plain words what this computer has, which engine will be used and how long a typical "
        "tomogram takes. Lines marked with ! need attention.",
    )
    add_engine_options(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings; 1 if one is a problem."""
    from dataclasses import asdict

    from cryoves_app.workflow.health.computer import Verdict, check_computer, report

    findings = check_computer(args.engine, args.device, threads(args), args.precision)
    if args.json:
        console.say_json([asdict(f) for f in findings])
    else:
        console.say(report(findings))
    return int(any(f.verdict is Verdict.PROBLEM for f in findings))

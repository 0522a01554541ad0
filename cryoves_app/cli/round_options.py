"""Options of a round of training that goes on from a network: what ``improve`` and ``adapt`` have in common."""

from __future__ import annotations

import argparse
from pathlib import Path

from cryoves_app.cli.arguments import count, positive


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Declare where the new network goes, and from which it goes on."""
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="MODEL", help="the model's folder"
    )
    parser.add_argument(
        "--start", metavar="NAME|PATH", help="the network to go on from; the default one if left out"
    )


def add_round_options(parser: argparse.ArgumentParser, epochs: int, learning_rate: float) -> None:
    """Declare how long is learned and how fast, with these defaults, and what every such command has at its end."""
    parser.add_argument("--epochs", type=count, default=epochs, metavar="N", help="(%(default)s)")
    parser.add_argument(
        "--patches", type=count, default=150, metavar="N", help="patches per epoch (%(default)s)"
    )
    parser.add_argument(
        "--learning-rate", type=positive, default=learning_rate, metavar="R", help="of Adam (%(default)s)"
    )
    parser.add_argument("--seed", type=count, default=1, metavar="N", help="(%(default)s)")
    parser.add_argument(
        "--threads", type=count, metavar="N", help="threads to use; all processors if left out"
    )
    parser.add_argument("--resume", action="store_true", help="go on where a round was stopped")
    parser.add_argument("--force", action="store_true", help="replace a model")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")

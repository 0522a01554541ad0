"""Links against planted threads: ``python -m tests.planted.run [--vesicles true|found|fitted] [--seeds N] [--empty]``.

Prints recall and precision of pairs by look and noise, those of the program's own recipe beside those of Pyto's rules;
with ``--empty`` how many each names where there is no thread at all.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from cryoves_app.analysis.links.pyto import LinkKind
from cryoves_app.workflow.links.plan import LinkRecipe
from tests.planted.measure import Measured, Vesicles, measure
from tests.planted.scores import PairScore, together
from tests.planted.terminals import FIRST_SEED, SNRS, Look, grid

_HEADER = (
    "look", "SNR", "connected pairs", "recall", "by Pyto", "precision", "by Pyto", "tethered", "recall", "by Pyto",
    "precision", "by Pyto", "said chance", "was chance",
)  # fmt: skip
_EMPTY_HEADER = ("look", "SNR", "terminals", "gaps", "named", "by Pyto", "most in one", "by Pyto", "told")
_Chosen = Callable[[LinkRecipe, LinkKind], PairScore]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Connectors and tethers that were planted, and those found.")
    parser.add_argument(
        "--vesicles", type=Vesicles, choices=list(Vesicles), default=Vesicles.TRUE, help="whose (true)"
    )
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="terminals of each kind (2)")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, metavar="N", help=f"({FIRST_SEED})")
    parser.add_argument("--looks", type=Look, nargs="+", choices=list(Look), default=list(Look))
    parser.add_argument("--snrs", type=float, nargs="+", default=SNRS, metavar="S")
    parser.add_argument("--empty", action="store_true", help="terminals without connectors and tethers")
    args = parser.parse_args(argv)
    header, line = (_EMPTY_HEADER, empty_row) if args.empty else (_HEADER, row)
    _say("| " + " | ".join(header) + " |")
    _say("|---" * len(header) + "|")
    terminals = grid(args.seeds, args.first_seed, args.looks, args.snrs, has_threads=not args.empty)
    everything: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for (look, snr), cell in groupby(terminals, lambda t: (t.look, t.snr)):
            measured = [measure(terminal, args.vesicles, Path(folder)) for terminal in cell]
            everything += measured
            _say(line(look, f"{snr:g}", measured))
    for look in args.looks:
        _say(line(look, "all", [one for one in everything if one.terminal.look is look]))
    _say(line("all", "all", everything))
    return 0


def row(look: str, snr: str, measured: Sequence[Measured]) -> str:
    """A line of the table, of all pairs of some terminals."""

    def of(recipe: LinkRecipe, kind: LinkKind) -> PairScore:
        return together(one.scores[recipe, kind] for one in measured)

    both = together(of(LinkRecipe.DEFAULT, kind) for kind in LinkKind)
    cells = [look, snr, *_kind(of, LinkKind.CONNECTOR), *_kind(of, LinkKind.TETHER)]
    was = None if both.precision is None else 1 - both.precision
    return "| " + " | ".join([*cells, _share(both.said_share), _share(was)]) + " |"


def empty_row(look: str, snr: str, measured: Sequence[Measured]) -> str:
    """A line of the table of terminals without threads: all that is named is wrong; in how many it is told."""
    named = {
        recipe: [sum(one.scores[recipe, kind].found for kind in LinkKind) for one in measured]
        for recipe in (LinkRecipe.DEFAULT, LinkRecipe.PYTO)
    }
    sums, most = map(sum, named.values()), map(max, named.values())
    cells = [look, snr, len(measured), sum(one.gaps for one in measured), *sums, *most]
    cells.append(sum(one.may_be_none for one in measured))
    return "| " + " | ".join(map(str, cells)) + " |"


def _kind(of: _Chosen, kind: LinkKind) -> Iterator[str]:
    own, pyto = of(LinkRecipe.DEFAULT, kind), of(LinkRecipe.PYTO, kind)
    yield str(own.true)
    yield from map(_share, (own.recall, pyto.recall, own.precision, pyto.precision))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

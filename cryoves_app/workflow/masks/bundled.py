"""The bundled model for regions. Light: the command line's help names it."""

from __future__ import annotations

#: Finds the inside of a presynaptic terminal.
TERMINAL_MODEL = "terminal-inside"

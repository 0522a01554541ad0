"""Errors that a user can act on."""


class CryoVesError(Exception):
    """A failure told in one clear sentence: what happened and what to do next.

    The command line prints it on standard error and exits with 1; the window shows it.
    """


class Cancelled(CryoVesError):
    """The user stopped the work."""

    def __init__(self, sentence: str = "Cancelled.") -> None:
        super().__init__(sentence)


def one_line(words: object, most: int = 300) -> str:
    """What a library says of an error, as part of a sentence: one line, not too long, without a full stop."""
    return " ".join(str(words).split())[:most].rstrip(".")

"""Errors that a user can act on."""

import re

#: Longer than any path: something else was given by mistake, or to do harm.
_ENDLESS_WORD = re.compile(r"\S{600,}?(?=[”.,;:)]*(?:\s|$))")


class CryoVesError(Exception):
    """A failure told in one clear sentence: what happened and what to do next.

    The command line prints it on standard error and exits with 1; the window shows it.
    """

    def __init__(self, sentence: str = "") -> None:
        super().__init__(readable(sentence))


class Cancelled(CryoVesError):
    """The user stopped the work."""

    def __init__(self, sentence: str = "Cancelled.") -> None:
        super().__init__(sentence)


def readable(written: str) -> str:
    """Text of which each word can be read: of those without end there is only the beginning."""
    return _ENDLESS_WORD.sub(lambda word: f"{word[0][:80]}… ({len(word[0])} letters)", written)


def one_line(words: object, most: int = 300) -> str:
    """What a library says of an error, as part of a sentence: one line, not too long, without a full stop."""
    return " ".join(str(words).split())[:most].rstrip(".")

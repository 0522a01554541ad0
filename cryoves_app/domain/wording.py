"""Words for sentences that are told to people."""


def counted(count: int, noun: str) -> str:
    """A number with its noun, whose plural ends in s: “1 vesicle”, “3 vesicles”."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

"""Words that mean the same to people who look for a command."""

from __future__ import annotations

#: Each line is one meaning; whoever types one of its words finds what is described by any other.
_MEANINGS = (
    ("brightness", "contrast", "levels", "grey values", "window", "darker", "brighter"),
    ("delete", "remove", "erase", "discard", "reject"),
    ("hide", "show", "toggle", "vesicles", "overlay"),
    ("compare", "next volume", "companion", "denoised", "swipe", "side by side", "split view"),
    ("evaluate", "score", "dice", "f1", "truth", "accuracy", "validate"),
    ("blind review", "agreement", "inter-rater", "second reader"),
    ("screenshot", "snapshot", "picture", "figure", "image"),
    ("movie", "video", "animation", "sweep", "turntable", "rotation", "film", "gif"),
    ("oblique", "slicer", "rotate", "tilt", "plane", "angle", "reslice"),
    ("axes", "axis", "scale bar", "orientation", "triad"),
    ("measure", "distance", "ruler", "length"),
    ("train", "teach", "learn", "model"),
    ("approve", "accept", "confirm"),
    ("fit", "refine", "fit again"),
    ("join", "merge", "combine"),
    ("divide", "split", "separate"),
    ("points on vesicles", "subtomogram", "averaging", "relion", "dynamo", "particles", "crops"),
    ("reviewer", "name", "user", "author", "person", "who"),
    ("disputed", "disagree", "differ", "conflict", "second review"),
    ("pan", "shift", "move", "navigate"),
    ("magnify", "zoom"),
    ("dark", "light", "theme"),
    ("shortcuts", "keys", "keyboard", "mouse"),
    ("habits", "mouse as", "imod", "3dmod", "napari", "wheel"),
    ("manual", "help", "tour"),
    ("close", "quit", "exit"),
    ("cytoplasm", "region", "contour", "outline"),
    ("histogram", "plot", "plots", "chart", "statistics"),
)


def meanings_of(word: str) -> frozenset[str]:
    """The word itself, and all that stands for the same; the beginning of a word is enough from four letters on."""
    found = {word}
    for line in _MEANINGS:
        if any(known == word or (len(word) > 3 and known.startswith(word)) for known in line):
            found.update(line)
    return frozenset(found)

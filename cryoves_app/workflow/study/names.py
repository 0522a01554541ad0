"""The files of a study. Light, for those who only look whether there is one."""

from __future__ import annotations

TOMOGRAMS, BANDS, NEIGHBOURS = "tomograms.csv", "zones.csv", "neighbours.csv"
CONDITIONS, TESTS, FIGURE, METHODS = "conditions.csv", "tests.csv", "study.svg", "methods.txt"
STUDY_FILES = (TOMOGRAMS, BANDS, NEIGHBOURS, CONDITIONS, TESTS, FIGURE, METHODS)
#: A row of a table for people.
Cells = tuple[str, ...]

"""The files of an evaluation. Light, for those who only look whether there is one."""

from __future__ import annotations

SCORES, AVERAGES, ERRORS, STEP_TABLE = "scores.csv", "averages.csv", "errors.csv", "dice_by_step.csv"
CURVE, MARKDOWN = "f1_by_overlap.csv", "evaluation.md"
DRAWING, PICTURE = "evaluation.svg", "evaluation.png"
EVALUATION_FILES = (SCORES, AVERAGES, ERRORS, STEP_TABLE, CURVE, MARKDOWN, DRAWING, PICTURE)

"""The published program's steps, and where the manuscript's text differs: the recipes ``published`` and ``paper``.

Kept for comparison. They follow the published program also where it is odd; each oddity is noted where it is followed.
"""

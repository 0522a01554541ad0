"""Names that the window needs before it loads what finds links."""

from __future__ import annotations

LINKS, VOLUME, VESICLES = "links.csv", "links.mrc", "vesicle_links.csv"
SUMMARY, RECORD = "links_summary.csv", "links.json"
#: What is written for each tomogram; the table comes last: where it stands, the rest is complete.
LINK_FILES = (VOLUME, VESICLES, SUMMARY, RECORD, LINKS)

#: What tables for people show.
LINK_HEADER = (
    "Link",
    "Between",
    "Length (nm)",
    "Volume (nm³)",
    "Strength",
    "Chance p",
    "False share",
    "Stability",
)
VESICLE_HEADER = ("Vesicle", "Connectors", "Connected with", "Tethers", "Cluster", "Vesicles in it")

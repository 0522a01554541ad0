"""Names that the window needs before it loads what finds links."""

from __future__ import annotations

LINK_TABLE, LINK_VOLUME, LINKED_VESICLES = "links.csv", "links.mrc", "vesicle_links.csv"
LINK_SUMMARY, LINK_RECORD = "links_summary.csv", "links.json"
#: What is written for each tomogram; the table comes last: where it stands, the rest is complete.
LINK_FILES = (LINK_VOLUME, LINKED_VESICLES, LINK_SUMMARY, LINK_RECORD, LINK_TABLE)

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

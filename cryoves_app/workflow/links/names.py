"""Names that the window needs before it loads what finds links."""

from __future__ import annotations

LINK_TABLE, LINK_VOLUME, LINKED_VESICLES = "links.csv", "links.mrc", "vesicle_links.csv"
LINK_ZONES, LINK_MODEL, LINK_MARKERS = "links_zones.csv", "links.mod", "links.cmm"
LINK_FIGURE = "links_figure.svg"
LINK_SUMMARY, LINK_RECORD = "links_summary.csv", "links.json"
#: What is written for each tomogram; the table comes last: where it stands, the rest is complete.
LINK_FILES = (
    LINK_VOLUME, LINK_MODEL, LINK_MARKERS, LINKED_VESICLES, LINK_ZONES, LINK_FIGURE, LINK_SUMMARY, LINK_RECORD,
    LINK_TABLE,
)  # fmt: skip

#: Only where links were set beside those of another program.
LINK_COMPARED = "links_compared.csv"

#: Only where links were looked for again with vesicles moved at random.
LINK_JITTER = "links_jittered.csv"
#: All that may be there.
ANY_LINK_FILES = (*LINK_FILES, LINK_COMPARED, LINK_JITTER)

#: What tables for people show.
LINK_HEADER = (
    "Link",
    "Between",
    "Length (nm)",
    "Volume (nm³)",
    "Strength",
    "Chance",
    "False share",
    "Stability",
    "Also there",
    "Judged",
)
#: The column that is there only beside another program's links.
ALSO_THERE = LINK_HEADER.index("Also there")
COMPARED_HEADER = (
    "Between",
    "Named by",
    "Links here",
    "Links there",
    "Shared voxels",
    "Same voxels",
    "Meets there",
)
ZONE_HEADER = (
    "From the active zone (nm)", "Vesicles", "Connected", "Tethered", "Connectors each", "Tethers each",
    "3 or more tethers",
)  # fmt: skip
#: What is published of rat synaptosomes and mouse neurons, to lie within.
PUBLISHED = (
    "Published for rat synaptosomes: within 45 nm 54 % tethered, 0.89 tethers each (mouse neurons 1.17), 8 % with "
    "three or more (17 %); 70 to 87 % connected, 1.6 connectors each near the active zone, rising to 2.9 further away."
)
VESICLE_HEADER = ("Vesicle", "Connectors", "Connected with", "Tethers", "Cluster", "Vesicles in it")

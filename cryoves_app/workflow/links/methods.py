"""The paragraph for a Methods section."""

from __future__ import annotations

from cryoves_app import __version__
from cryoves_app.analysis.links.pyto import SMALL_PX
from cryoves_app.workflow.links.found import FoundLinks


def links_paragraph(found: FoundLinks) -> str:
    """How links were found, with all numbers."""
    size = found.source.volume.voxel_size_nm
    low, high = min(found.thresholds), max(found.thresholds)
    return (
        f"Connectors and tethers were segmented with CryoVes {__version__} by the rules of Pyto (Lučić et al., "
        f"J. Struct. Biol. 196, 503–514, 2016): at each of {len(found.thresholds)} grey thresholds from {low:.6g} to "
        f"{high:.6g}, connected components (by faces) of cytoplasmic voxels at most as bright as the threshold were "
        "kept if they touched exactly two of the vesicles and the active zone; each was counted at the threshold "
        f"at which it first appeared. Segments of {SMALL_PX} to {found.big_px - 1} voxels of {size:.4g} nm "
        f"(below {found.big_px * size**3:.0f} nm³) were analysed."
    )

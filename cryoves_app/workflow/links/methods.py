"""The paragraph for a Methods section."""

from __future__ import annotations

from cryoves_app import __version__
from cryoves_app.analysis.links.pyto import SMALL_PX, LinkKind
from cryoves_app.analysis.links.threads import ThreadSettings
from cryoves_app.workflow.links.found import FoundLinks
from cryoves_app.workflow.links.plan import LinkRecipe


def links_paragraph(found: FoundLinks) -> str:
    """How links were found, with all numbers."""
    return _of_threads(found) if found.plan.recipe is LinkRecipe.DEFAULT else _of_segments(found)


def _of_segments(found: FoundLinks) -> str:
    size = found.source.volume.voxel_size_nm
    big_px = found.plan.big_from(size)
    low, high = min(found.thresholds), max(found.thresholds)
    return (
        f"Connectors and tethers were segmented with CryoVes {__version__} by the rules of Pyto (Lučić et al., "
        f"J. Struct. Biol. 196, 503–514, 2016): at each of {len(found.thresholds)} grey thresholds from {low:.6g} to "
        f"{high:.6g}, connected components (by faces) of cytoplasmic voxels at most as bright as the threshold were "
        "kept if they touched exactly two of the vesicles and the active zone; each was counted at the threshold "
        f"at which it first appeared. Segments of {SMALL_PX} to {big_px - 1} voxels of {size:.4g} nm "
        f"(below {big_px * size**3:.0f} nm³) were analysed."
    )


def _of_threads(found: FoundLinks) -> str:
    used = ThreadSettings(largest_false_share=found.plan.largest_false_share)
    shares = [
        f"at most {share:.0%} of the {kind}s"
        for kind in LinkKind
        if (share := found.false_share(kind)) is not None
    ]
    chance = f" By this {' and '.join(shares)} may be chance." if shares else ""
    return (
        f"Connectors and tethers were found with CryoVes {__version__}. The mean profiles of vesicles and active zone "
        "(by distance and by slope against the beam) were subtracted from the tomogram. Straight ways between the "
        f"surfaces of each two vesicles less than {used.connector_reach_nm:g} nm apart, and between each vesicle and "
        f"the active zone within {used.tether_reach_nm:g} nm, were scored by the mean density of the densest ones, and "
        "compared with those of one surface turned to random places around the other (chance taken as symmetric about "
        f"its median; Storey's share of chance finds). Links were counted where at most {used.largest_p:.0%} of these "
        f"were as dense, as long as at most {used.largest_false_share:.0%} of all links may be chance.{chance}"
    )

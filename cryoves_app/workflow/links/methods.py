"""The paragraph for a Methods section."""

from __future__ import annotations

from cryoves_app import __version__
from cryoves_app.analysis.links.pyto import SMALL_PX, LinkKind
from cryoves_app.analysis.links.threads import THREAD_DENSITIES, ThreadSettings
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
        f"{share:.0%} of the {kind}s" for kind in LinkKind if (share := found.false_share(kind)) is not None
    ]
    chance = f" By this {' and '.join(shares)} are expected to be chance." if shares else ""
    return (
        f"Connectors and tethers were found with CryoVes {__version__}. The mean profiles of vesicles and active zone "
        "(by distance and by slope against the beam) were subtracted from the tomogram. Straight ways between the "
        f"surfaces of each two vesicles less than {used.connector_reach_nm:g} nm apart, and between each vesicle and "
        f"the active zone within {used.tether_reach_nm:g} nm, were scored by the mean density of the thinner half of "
        "the densest ones. These scores were compared with those of one surface turned to random places around the "
        "other, as they are and with threads added that are as wide as a blurred protein and as dense as "
        f"{min(THREAD_DENSITIES):.0%} to {max(THREAD_DENSITIES):.0%} of the vesicles' wall; from both follows the "
        "probability that a gap holds no thread, averaged over all shares of linked gaps and all these densities. "
        f"{_counted(used)}{chance}"
    )


def _counted(used: ThreadSettings) -> str:
    if used.largest_false_share > used.largest_chance:
        return (
            f"Links were counted where it is at most {used.largest_false_share:.0%}, as long as at most "
            "as many of them are expected to be chance."
        )
    return (
        f"Links were counted where it is at most {used.largest_chance:.0%}, the surest first, up to the share of all "
        "gaps that by these probabilities is as likely too small as too large, as long as at most "
        f"{used.largest_false_share:.0%} of them are expected to be chance."
    )

"""Probability map to candidates, with the count of every step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.network_input.scales import Scale
from cryoves_app.analysis.segmentation.instances import Segment, SizeRange, find_segments
from cryoves_app.domain.arrays import Grey, Probability
from cryoves_app.domain.notes import Note
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import InstanceSettings
from cryoves_app.domain.run_steps import StepReport

#: Segments are fuller than the vesicles they stand for by this much of the radius.
_OVERFULL = 1.2
#: In noise, or where a face cuts a vesicle, a segment may have only this share of its radius.
_UNDERFULL = 0.5
#: On a grid coarser than this a centroid is too rough a start for a fit.
_COARSE_NM = 4.0


@dataclass(frozen=True)
class Proposal:
    """Candidates of one scale, the steps that led to them, and notes for the user."""

    candidates: tuple[Candidate, ...]
    steps: tuple[StepReport, ...]
    notes: tuple[Note, ...] = ()


def ball_px(radius_nm: float, voxel_size_nm: float) -> float:
    """Voxels in a ball; its radius and the voxel size in nm."""
    return 4 / 3 * math.pi * (radius_nm / voxel_size_nm) ** 3


def find_candidates(
    probability: Probability,
    image: Grey,
    voxel_size_nm: float,
    scale: Scale,
    settings: InstanceSettings,
    progress: Progress,
) -> Proposal:
    """Candidates by the default rule: the tree of components over rising thresholds (see ``instances``).

    The base threshold only has to be low enough; the tree finds each vesicle's own. A threshold that a person sets
    is taken for the base as it is.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1, on the network's grid; may be memory-mapped.
    image : (z, y, x) array
        The network's input in standard deviations; this rule does not look at it.
    voxel_size_nm
        Of the network's grid.
    """
    progress.start("split")
    base = settings.threshold or settings.threshold_low
    smallest = max(
        settings.smallest_fraction * ball_px(scale.expected_radius_nm, voxel_size_nm),
        ball_px(_UNDERFULL * scale.left_below_nm, voxel_size_nm),
    )
    largest = ball_px(_OVERFULL * scale.largest_radius_nm, voxel_size_nm)
    sizes = SizeRange(smallest, largest)
    segments, components = find_segments(probability, base, sizes, progress, split=settings.split)
    expected = ball_px(scale.expected_radius_nm, voxel_size_nm)
    candidates = tuple(_candidate(s, voxel_size_nm, expected, scale) for s in segments)
    steps = (
        StepReport("threshold", after=components, note=f"probability above {base:g}"),
        StepReport("split", components, len(candidates)),
    )
    return Proposal(candidates, steps)


def _candidate(segment: Segment, voxel_size_nm: float, expected_px: float, scale: Scale) -> Candidate:
    z, y, x = (c * voxel_size_nm for c in segment.centre_px)
    evidence = segment.peak_logit * segment.sphericity * min(1.0, segment.volume_px / expected_px)
    uncertainty = 2 * voxel_size_nm if voxel_size_nm > _COARSE_NM else 0.0
    radius = segment.radius_px * voxel_size_nm
    return Candidate((z, y, x), radius, evidence, segment.parts, uncertainty, scale.left_below_nm)

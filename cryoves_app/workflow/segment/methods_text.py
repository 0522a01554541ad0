"""A paragraph for the Methods section of an article, true for the recipe that was used."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import cryoves_app
from cryoves_app.domain.membranes import MembraneModel, MidPlaneRule
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import (
    EdgeRule,
    FitRule,
    FitSettings,
    InstanceSettings,
    MatchLook,
    OutlierRule,
    OutlierSettings,
    SplitRule,
)
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle_set import VesicleSet

_LOOKS = {
    MatchLook.OFF: "",
    MatchLook.ON: " The network's input was given the grey values and the radial power spectrum of those that the "
    "network was trained on.",
    MatchLook.AUTO: " The network's input was given the grey values and the radial power spectrum of those that the "
    "network was trained on if more vesicles were accepted with them in a box in the middle.",
}


def methods_paragraph(
    recipe: Recipe,
    model: str,
    voxel_size_nm: float,
    vesicles: VesicleSet,
    membranes: MembraneModel | None = None,
    grey_sentence: str = "",
    given: str = "",
) -> str:
    """The paragraph; numbers as they were used and found.

    ``grey_sentence`` tells what was done to the grey values, ``given`` is the file of another program's map or
    instances, if they took the place of the network's.
    """
    sentences = [
        _given(recipe, given, voxel_size_nm) if given else _network(recipe, model, voxel_size_nm),
        grey_sentence,
        "" if given else _instances(recipe.instances),
        _fit(recipe.fit),
        _mid_plane(recipe.fit, membranes),
        _outliers(recipe.outliers),
        _result(vesicles),
    ]
    return " ".join(s for s in sentences if s)


def hand_paragraph(vesicles: VesicleSet) -> str:
    """The paragraph where nothing was found automatically."""
    return (
        f"Synaptic vesicles were marked or imported by hand in CryoVes {cryoves_app.__version__}, each as a sphere "
        f"whose radius reaches to the outer edge of the membrane. {_result(vesicles)}"
    )


def distances_sentence(tubes_nm: Sequence[float]) -> str:
    """How distances to the active zone were measured; ``tubes_nm`` are the widths of its drawn lines."""
    widths = ", ".join(f"{width:g}" for width in sorted(set(tubes_nm)))
    return (
        f"The active zone was drawn as lines of {widths} nm width; distances to it are from the centre of its nearest "
        "voxel to the centre of the vesicle or, less the radius, to its rim. Nearest-neighbour distances are between "
        "centres."
    )


def regions_sentence(regions: Sequence[Region]) -> str:
    """Which outlines decided what counts; empty where none did."""
    drawn = [region for region in regions if region.contours]
    inside = [region.name for region in drawn if region.kind is RegionKind.CYTOPLASM]
    outside = [region.name for region in drawn if region.kind is RegionKind.EXCLUDE]
    sentences = [
        f"Only vesicles centred inside outlined regions ({', '.join(inside)}) were counted."
        if inside
        else "",
        f"Vesicles centred in {', '.join(outside)} were left out." if outside else "",
    ]
    return " ".join(s for s in sentences if s)


def box_sentence(box_px: Sequence[int]) -> str:
    """To which part of the tomogram the search was kept; ``box_px`` is z0, y0, x0, z1, y1, x1, or nothing."""
    if not box_px:
        return ""
    starts, ends = box_px[:3], box_px[3:]
    shape = " × ".join(str(end - start) for start, end in zip(reversed(starts), reversed(ends), strict=True))
    return f"The last segmentation was kept to a box of {shape} voxels (x, y, z)."


def _network(recipe: Recipe, model: str, voxel_size_nm: float) -> str:
    scale = 2.2 * recipe.input.expected_radius_nm / 20
    sigma = recipe.input.smoothing_px
    smoothed = f", smoothed with a Gaussian of {sigma:g} voxel{'' if sigma == 1 else 's'}" if sigma else ""
    return (
        f"Synaptic vesicles were segmented with CryoVes {cryoves_app.__version__} (recipe “{recipe.name}”). "
        f"The tomogram (voxel size {voxel_size_nm:.4g} nm) was rescaled to {scale:.3g} nm per voxel{smoothed} and "
        f"normalised to zero mean and unit variance, and a 3-D U-Net (model “{model}”; architecture after CryoVesNet) "
        f"gave each voxel's probability of lying in a vesicle.{_LOOKS[recipe.input.match_look]}"
    )


def _given(recipe: Recipe, name: str, voxel_size_nm: float) -> str:
    return (
        f"Synaptic vesicles were measured with CryoVes {cryoves_app.__version__} (recipe “{recipe.name}”, voxel size "
        f"{voxel_size_nm:.4g} nm) where another program had found them ({name})."
    )


def _instances(settings: InstanceSettings) -> str:
    if settings.split_rule is SplitRule.SHAPE:
        base = settings.threshold or settings.threshold_low
        return (
            f"Candidates were the connected parts of the probability map above {base:g}, each at the threshold at "
            "which its shape was most like a single vesicle's, so that touching vesicles came apart."
        )
    threshold = (
        f"The threshold was {settings.threshold:g}"
        if settings.threshold
        else "The threshold was the one at which the segments' inner shell was darkest"
    )
    split = (
        "; large segments of low extent were raised in threshold until they fell apart"
        if settings.split
        else ""
    )
    return f"{threshold}{split}."


_AGAIN = (
    " Further candidates were the places that correlate most with the mean profile of the accepted vesicles; they were "
    "fitted and judged with the others."
)


def _fit(settings: FitSettings) -> str:
    if settings.rule is not FitRule.POPULATION:
        return (
            "Spheres were centred by cross-correlation with their radial average; the radius was taken at the outer "
            "edge of the membrane. Both are whole voxels."
        )
    wedge = (
        f", directions beyond a tilt range of ±{settings.tilt_range_deg:g}° counting less"
        if settings.tilt_range_deg < 90
        else ""
    )
    whitened = ", whitened by the tomogram's power spectrum" if settings.whiten else ""
    return (
        "Centre and radius of each vesicle were refined to sub-voxel precision by least squares against the radial "
        f"profile of the population{whitened}{wedge}.{_AGAIN if settings.search_again else ''}"
    )


def _mid_plane(settings: FitSettings, membranes: MembraneModel | None) -> str:
    """How the absolute radius was found, and which edge it reaches."""
    if settings.rule is not FitRule.POPULATION:
        return ""
    if membranes is None or not membranes.vesicles:
        return f"The radius reaches to the outer edge of the membrane, {_edge(settings)}."
    if membranes.rule is MidPlaneRule.DARKEST:
        found = "The membrane's mid-plane was taken at the darkest point of the population's profile"
    else:
        error = membranes.se_mid_plane_nm
        known = "" if error is None else f" (standard error of all radii together {error:.2f} nm)"
        found = (
            "The membrane's mid-plane was found by fitting two leaflets, blur and contrast transfer to the "
            f"population's profile{known}"
        )
    return f"{found}; the radius reaches to the outer edge of the membrane, {_edge(settings)}."


def _edge(settings: FitSettings) -> str:
    if settings.edge_rule is EdgeRule.LEAFLET:
        return f"{settings.beyond_nm:g} nm outside the middle of the outer leaflet"
    return f"{settings.edge_nm:g} nm outside its mid-plane"


def _outliers(settings: OutlierSettings) -> str:
    if settings.rule is OutlierRule.DISTANCE:
        return "Vesicles far from the population's mean features or with a poorly correlated profile were left out."
    evidence = settings.rule is OutlierRule.EVIDENCE
    measures = (
        "radius, membrane contrast and leaflet distance (where resolved)"
        if evidence
        else "membrane thickness, membrane density and radius"
    )
    kind = "robust Mahalanobis" if evidence else "Mahalanobis"
    text = f"Vesicles whose {measures} were improbable in the population ({kind} distance, p < {settings.p_cut:g})"
    if evidence:
        text += ", or whose contrast or profile correlation was low,"
    text += " were left out as outliers"
    if evidence:
        text += (
            "; an improbable vesicle was kept where a face of the tomogram cut it, or where its profile correlated as "
            "well as the others'"
        )
    return f"{text}."


def _result(vesicles: VesicleSet) -> str:
    radii = [v.radius_nm for v in vesicles.accepted if v.inside_region is not False]
    if len(radii) < 2:
        return f"Vesicles that remained: {len(radii)}."
    mean, deviation = statistics.mean(radii), statistics.stdev(radii)
    by_hand = sum(v.is_human_work for v in vesicles)
    checked = f" {by_hand} vesicles were added, changed or checked by hand." if by_hand else ""
    return f"{len(radii)} vesicles remained, of radius {mean:.1f} ± {deviation:.1f} nm (mean ± SD).{checked}"

"""The paragraph for the Methods section of an article that shows a study."""

from __future__ import annotations

from collections.abc import Iterator

import cryoves_app
from cryoves_app.analysis.study.comparison import MeansTest
from cryoves_app.domain.wording import counted
from cryoves_app.workflow.study.measures import Division, VolumeKind
from cryoves_app.workflow.study.study import Study

_TESTS = {
    MeansTest.ANOVA: "one-way analysis of variance",
    MeansTest.WELCH: "Welch's analysis of variance",
    MeansTest.KRUSKAL: "the Kruskal–Wallis test",
}
_VOLUMES = {
    VolumeKind.REGION: "the outlined region",
    VolumeKind.TOMOGRAM: "the part of the tomogram that holds data",
    VolumeKind.BOX: "the box that was searched",
}


def study_paragraph(study: Study) -> str:
    """True for this study: how many tomograms, per what, against what, by which tests."""
    return " ".join(_sentences(study))


def _sentences(study: Study) -> Iterator[str]:
    sizes = ", ".join(f"{c}: {counted(len(study.of(c)), 'tomogram')}" for c in study.conditions)
    vesicles = sum(t.accepted for t in study.tomograms)
    yield (
        f"{counted(vesicles, 'vesicle')} of {counted(len(study.tomograms), 'tomogram')} ({sizes}) were measured with "
        f"CryoVes {cryoves_app.__version__}."
    )
    kinds = [_VOLUMES[kind] for kind in VolumeKind if any(t.volume_of is kind for t in study.tomograms)]
    yield f"Densities are numbers of vesicle centres per volume of {' or, where there was none, of '.join(kinds)}."
    if study.bands(Division.ZONES):
        zones = ", ".join(zone.range_text for zone in study.plan.zones)
        yield (
            f"Zones ({zones}) are by the distance of a vesicle's centre from the nearest voxel of the active zone; the "
            "occupancy of a zone is the share of its volume that lies in vesicles (to the outer edge of the membrane)."
        )
    if any(t.neighbours for t in study.tomograms):
        yield (
            "Nearest-neighbour distances between centres were compared with those of the same spheres placed at "
            "random in the same region, largest first and without overlap "
            f"({counted(study.plan.simulations, 'simulation')} for each tomogram; the envelope holds 95 % of them)."
        )
    yield from _test_sentences(study)


def _test_sentences(study: Study) -> Iterator[str]:
    done = [t for t in study.tests if t.found.p_value is not None]
    means = [t for t in done if t.method == study.test]
    if not done:
        yield "No test between conditions was made."
        return
    if means:
        yield (
            f"Means were compared between conditions by {_TESTS[study.test]} with the tomogram as the unit (one value "
            "for each tomogram)."
        )
    if len(means) < len(done):
        yield "Numbers of vesicles in zones and pools were compared by Pearson's χ² test with the vesicle as the unit."
    if len(done) > 1:
        yield f"p-values were adjusted for all {len(done)} tests together after Benjamini and Hochberg."

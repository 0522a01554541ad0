"""A study as files: tables, the figure, and the paragraph for the Methods section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cryoves_app.analysis.study.placement import NeighbourTest
from cryoves_app.formats.tables.rows import write_rows
from cryoves_app.storage.replacing import make_folders, replacing
from cryoves_app.workflow.study.figure import study_svg
from cryoves_app.workflow.study.measures import Division, TomogramMeasures
from cryoves_app.workflow.study.methods import study_paragraph
from cryoves_app.workflow.study.names import (
    BANDS,
    CONDITIONS,
    FIGURE,
    METHODS,
    NEIGHBOURS,
    STUDY_FILES,
    TESTS,
    TOMOGRAMS,
)
from cryoves_app.workflow.study.study import Study

TOMOGRAM_COLUMNS = (
    "tomogram", "condition", "accepted", "outlier", "rejected", "outside_region", "checked", "outlier_share",
    "volume_of", "volume_um3", "density_um3", "mean_radius_nm", "sd_radius_nm", "median_radius_nm",
    "mean_neighbour_nm", "random_neighbour_nm", "random_low_nm", "random_high_nm", "neighbour_ratio",
    "neighbour_p", "simulations", "connected", "tethered", "mean_connectors", "mean_tethers", "by_hand", "project",
)  # fmt: skip
BAND_COLUMNS = (
    "tomogram", "condition", "division", "name", "count", "share", "volume_um3", "density_um3", "occupancy",
    "mean_radius_nm", "low_nm", "high_nm",
)  # fmt: skip
NEIGHBOUR_COLUMNS = (
    "tomogram", "condition", "distance_nm", "share_within", "random_low", "random_mean", "random_high",
)  # fmt: skip
CONDITION_COLUMNS = ("condition", "measure", "unit", "tomograms", "mean", "sd", "se")
TEST_COLUMNS = ("subject", "test", "conditions", "n", "statistic", "df", "p", "p_adjusted", "no_test")
_Row = Sequence[object]


def write_study(study: Study, folder: Path) -> list[Path]:
    """Write all files of a study; those of an earlier one are replaced.

    Raises
    ------
    CryoVesError
        If one cannot be written.
    """
    make_folders(folder)
    for name, header, rows in (
        (TOMOGRAMS, TOMOGRAM_COLUMNS, map(_tomogram_row, study.tomograms)),
        (BANDS, BAND_COLUMNS, _band_rows(study)),
        (NEIGHBOURS, NEIGHBOUR_COLUMNS, _neighbour_rows(study)),
        (CONDITIONS, CONDITION_COLUMNS, _condition_rows(study)),
        (TESTS, TEST_COLUMNS, _test_rows(study)),
    ):
        write_rows(folder / name, header, rows)
    with replacing(folder / FIGURE) as temporary:
        temporary.write_bytes(study_svg(study))
    with replacing(folder / METHODS) as temporary:
        temporary.write_text(study_paragraph(study) + "\n", encoding="utf-8")
    return [folder / name for name in STUDY_FILES]


def _tomogram_row(t: TomogramMeasures) -> _Row:
    near, links = t.neighbours, t.links
    values = (
        t.accepted, t.outlier, t.rejected, t.outside_region, t.checked, t.outlier_share,
        t.volume_of, t.volume_um3, t.density_um3, t.mean_radius_nm, t.sd_radius_nm, t.median_radius_nm,
        t.mean_neighbour_nm,
        *(_chance(near) if near else (None,) * 6),
        links.connected, links.tethered, links.mean_connectors, links.mean_tethers,
        t.source.hand_count,
    )  # fmt: skip
    return [t.source.name, t.source.condition, *map(_written, values), t.source.path]


def _chance(near: NeighbourTest) -> _Row:
    return (near.random_nm, near.low_nm, near.high_nm, near.ratio, near.p_value, near.simulations)


def _band_rows(study: Study) -> Iterator[_Row]:
    ranges = {(Division.ZONES, zone.name): (zone.low_nm, zone.high_nm) for zone in study.plan.zones}
    for t in study.tomograms:
        for b in t.bands:
            values = (b.count, b.share, b.volume_um3, b.density_um3, b.occupancy, b.mean_radius_nm)
            ends = ranges.get((b.division, b.name), (None, None))
            yield [t.source.name, t.source.condition, b.division, b.name, *map(_written, (*values, *ends))]


def _neighbour_rows(study: Study) -> Iterator[_Row]:
    for t in study.tomograms:
        if t.neighbours is not None:
            c = t.neighbours.curve
            for values in zip(c.distances_nm, c.measured, c.low, c.middle, c.high, strict=True):
                yield [t.source.name, t.source.condition, *map(_written, map(float, values))]


def _condition_rows(study: Study) -> Iterator[_Row]:
    for m in study.means:
        yield [m.condition, m.measure.key, m.measure.unit, m.count, *map(_written, (m.mean, m.sd, m.se))]


def _test_rows(study: Study) -> Iterator[_Row]:
    for t in study.tests:
        found = t.found
        yield [
            t.subject,
            t.method,
            " | ".join(t.conditions),
            " ".join(map(str, t.counts)),
            _written(found.statistic),
            " ".join(f"{d:.6g}" for d in found.degrees),
            _written(found.p_value),
            _written(t.adjusted_p),
            found.obstacle or "",
        ]


def _written(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value

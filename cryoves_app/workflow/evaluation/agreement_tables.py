"""The agreement of two people as rows for people, as CSV and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cryoves_app
from cryoves_app.analysis.scores.evaluation import Evaluation
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.wording import counted
from cryoves_app.formats.tables.rows import write_rows
from cryoves_app.storage.replacing import make_folders, replacing
from cryoves_app.workflow.evaluation.agreement import Agreement, dispute_sentence
from cryoves_app.workflow.evaluation.cells import in_digits
from cryoves_app.workflow.evaluation.markdown import markdown_table
from cryoves_app.workflow.evaluation.shown import error_cells_for_people

AGREEMENT_TABLE, DISPUTE_TABLE, AGREEMENT_PAGE = "agreement.csv", "disputes.csv", "agreement.md"
AGREEMENT_FILES = (AGREEMENT_TABLE, DISPUTE_TABLE, AGREEMENT_PAGE)
DISPUTE_COLUMNS = (
    "dispute", "first_id", "second_id", "x_nm", "y_nm", "z_nm", "radius_nm", "distance_nm", "radius_difference_nm",
    "sentence",
)  # fmt: skip
AGREEMENT_HEADER = ("Score", "Value", "Meaning")


def agreement_values(agreement: Agreement) -> JsonObject:
    """All numbers by name, as the table and JSON have them."""
    found, moved = agreement.scores.evaluation, agreement.moved
    return {
        "first": agreement.first.name,
        "second": agreement.second.name,
        "in_both": found.true_positives,
        "only_first": len(found.false_positives),
        "only_second": len(found.false_negatives),
        "f1": found.f1,
        "dice": agreement.scores.dice,
        "delta_d": found.delta_d,
        "delta_c_nm": found.delta_c_nm,
        "delta_c_sd_nm": found.delta_c_sd_nm,
        "overlap": found.overlap,
        **found.axis_scores(),
        "same_sphere": agreement.unmoved,
        "moved": moved.true_positives,
        "moved_delta_d": moved.delta_d,
        "moved_delta_c_nm": moved.delta_c_nm,
        "moved_delta_c_sd_nm": moved.delta_c_sd_nm,
        **{f"moved_{name}": value for name, value in moved.axis_scores().items()},
        "disputes": len(agreement.disputes),
        "judged_by_both": agreement.judged.count,
        "judged_alike": agreement.judged.alike,
        "kappa": agreement.judged.kappa,
        "first_checked": agreement.first.checked[0],
        "first_vesicles": agreement.first.checked[1],
        "second_checked": agreement.second.checked[0],
        "second_vesicles": agreement.second.checked[1],
    }


def agreement_sentence(agreement: Agreement) -> str:
    """The result in one sentence."""
    found = agreement.scores.evaluation
    first, second = agreement.first.name, agreement.second.name
    return (
        f"{first} and {second}: {counted(found.true_positives, 'vesicle')} in both, {len(found.false_positives)} "
        f"only {first}'s, {len(found.false_negatives)} only {second}'s: F1 {in_digits(found.f1, 3)}; "
        f"{counted(len(agreement.disputes), 'dispute')} to settle."
    )


def agreement_rows(agreement: Agreement) -> Iterator[tuple[str, str, str]]:
    """Score, value, meaning."""
    found, first, second = agreement.scores.evaluation, agreement.first.name, agreement.second.name
    yield ("In both", str(found.true_positives), "both have it")
    yield (f"Only {first}", str(len(found.false_positives)), f"{second} does not have it")
    yield (f"Only {second}", str(len(found.false_negatives)), f"{first} does not have it")
    yield ("F1", in_digits(found.f1, 3), "2 in both / (all of one + all of the other)")
    yield ("Dice", in_digits(agreement.scores.dice, 3), "of the voxels that vesicles cover")
    yield from _pair_rows(found, "")
    if agreement.unmoved and agreement.moved.true_positives:
        yield ("Same sphere", str(agreement.unmoved), "pairs that both left as the program put them")
        yield from _pair_rows(agreement.moved, "moved: ")
    judged = agreement.judged
    if judged.count:
        yield ("Judged by both", str(judged.count), f"{judged.alike} alike: both accepted or both rejected")
        yield (
            "Cohen's κ",
            in_digits(judged.kappa, 3),
            "of these: 1 all alike, 0 as by chance; – where all are one answer",
        )
    for person in (agreement.first, agreement.second):
        checked, total = person.checked
        yield (
            f"Checked by {person.name}",
            f"{checked} of {total}",
            "vesicles that were judged, made or changed",
        )


def _pair_rows(found: Evaluation, of_which: str) -> Iterator[tuple[str, str, str]]:
    """Differences within pairs."""
    if found.delta_c_nm is None or found.delta_c_sd_nm is None or found.radius is None:
        return
    yield (f"{of_which}δd", in_digits(found.delta_d, 4), "difference of diameters: mean of 1 − min / max")
    yield (
        f"{of_which}Δc",
        f"{found.delta_c_nm:.2f} ± {found.delta_c_sd_nm:.2f} nm",
        "distance of the centres, ± SD",
    )
    for name, error in zip("xyz", reversed(found.axes), strict=True):
        meaning = f"size of the difference along {name}; bias {error.bias_nm:+.2f} ± {error.sd_nm:.2f} nm"
        yield (f"{of_which}Δ{name}", f"{error.mean_nm:.2f} nm", meaning)
    radius = found.radius
    yield (f"{of_which}Radius", f"{radius.bias_nm:+.2f} ± {radius.sd_nm:.2f} nm", "first minus second, ± SD")


def agreement_markdown(agreement: Agreement) -> str:
    """Numbers, disputes and notes."""
    lines = [
        f"# Agreement of {agreement.first.name} and {agreement.second.name}",
        "",
        agreement_sentence(agreement),
        "",
        *markdown_table(AGREEMENT_HEADER, list(agreement_rows(agreement))),
    ]
    if agreement.notes:
        lines += ["", *(f"- {note}" for note in agreement.notes)]
    return "\n".join([*lines, "", f"CryoVes {cryoves_app.__version__}", ""])


def write_agreement(agreement: Agreement, folder: Path) -> list[Path]:
    """Write numbers, disputes and a page; earlier ones are replaced.

    Raises
    ------
    CryoVesError
        If one cannot be written.
    """
    make_folders(folder)
    values = agreement_values(agreement)
    write_rows(folder / AGREEMENT_TABLE, tuple(values), [[_written(v) for v in values.values()]])
    write_rows(folder / DISPUTE_TABLE, DISPUTE_COLUMNS, dispute_rows(agreement))
    with replacing(folder / AGREEMENT_PAGE) as temporary:
        temporary.write_text(agreement_markdown(agreement), encoding="utf-8")
    return [folder / name for name in AGREEMENT_FILES]


def dispute_rows(agreement: Agreement) -> Iterator[Sequence[object]]:
    """The disputes, in the order of ``DISPUTE_COLUMNS``."""
    words = {"false": "only_first", "missed": "only_second"}
    for d in agreement.disputes:
        z, y, x = d.sphere.centre_nm
        cells = (x, y, z, d.sphere.radius_nm, d.distance_nm, d.radius_error_nm)
        ids = (d.predicted.id if d.predicted else None, d.true.id if d.true else None)
        yield [words.get(d.kind, d.kind.value), *ids, *map(_written, cells), dispute_sentence(d, agreement)]


def dispute_cells(agreement: Agreement) -> Iterator[tuple[str, ...]]:
    """For people: who says what, ids of both, radius, differences."""
    for d in agreement.disputes:
        _kind, *cells = error_cells_for_people(d)
        yield (dispute_sentence(d, agreement), *cells)


def _written(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value

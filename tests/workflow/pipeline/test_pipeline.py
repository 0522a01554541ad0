"""The whole pipeline on small tomograms with the bundled model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.domain.recipe import BUILT_IN, Recipe
from cryoves_app.domain.recipe_settings import Contrast
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.domain.vesicle import Flag, Status
from cryoves_app.network.model_store import Model, import_weights, load_model
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.pipeline import Pipeline, PipelineResult
from tests.conftest import SHARED_DATA
from tests.phantoms import Ball, Phantom, benchmark, phantom

ONE_THREAD = EngineOptions(threads=1)
PUBLISHED = SHARED_DATA / "cryovesnet_weights" / "weights.h5"
DIRECTIONS = [
    (0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0),
    (1, 1, 1), (1, -1, 1), (0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, -1),
]  # fmt: skip


@pytest.fixture(scope="module", params=["default", "published"])
def model(request: pytest.FixtureRequest) -> Iterator[Model]:
    """The bundled model, and the published weights where they are at hand."""
    if request.param == "default":
        return load_model("default")
    if not PUBLISHED.exists():
        pytest.skip("no published weights beside the checkout")
    return import_weights(PUBLISHED, "pipeline-test", force=True)


@pytest.fixture(scope="module")
def bundled() -> Model:
    return load_model("default")


def run(
    of: Phantom, model: Model, cache: Path, recipe: Recipe | None = None, **more: object
) -> PipelineResult:
    return Pipeline(of.volume, recipe or Recipe(), model, cache, ONE_THREAD, **more).run()


def pairs() -> list[Ball]:
    """Twelve pairs at gaps of 0 to 1 voxel, along the axes and diagonals."""
    rng, balls = np.random.default_rng(5), []
    for k, direction in enumerate(DIRECTIONS):
        centre = np.array([66.0, 60 + 106 * (k // 4), 60 + 106 * (k % 4)])
        unit = np.array(direction) / np.linalg.norm(direction)
        radii, gap = rng.uniform(17, 22, 2), (k % 5) / 4 * 2.2
        for side, radius in zip((-1, 1), radii, strict=True):
            balls.append((*(centre + side * unit * (radius + gap / 2)).tolist(), float(radius)))
    return balls


@pytest.fixture(scope="module")
def twelve_pairs() -> Phantom:
    return phantom(pairs(), (61, 152, 200))


def test_twelve_touching_pairs_are_24_vesicles(twelve_pairs: Phantom, model: Model, tmp_path: Path) -> None:
    result = run(twelve_pairs, model, tmp_path)
    scores = compare([v.sphere for v in result.vesicles.accepted], twelve_pairs.truth)
    assert (scores.true_positives, scores.false_positives, scores.false_negatives) == (24, (), ())
    assert scores.delta_c_nm is not None
    assert scores.delta_c_nm < 0.3


@pytest.mark.long
def test_sizes_from_12_to_60_nm_and_shapes_that_are_not_round(model: Model, tmp_path: Path) -> None:
    wide = benchmark((200, 400, 400), 60, 921, preset="benchmark-wide")
    radii = {"expected_radius_nm": 27.0, "smallest_radius_nm": 12.0, "largest_radius_nm": 60.0}
    result = run(wide, model, tmp_path, Recipe.from_dict({"input": radii}))
    scores = compare([v.sphere for v in result.vesicles.accepted], wide.truth)
    assert scores.f1 is not None
    assert scores.f1 >= 0.95
    assert min(s.radius_nm for s in wide.truth) < 14 < 50 < max(s.radius_nm for s in wide.truth)


LARGE: Ball = (75.0, 175.0, 175.0, 40.0)
BEYOND: Ball = (77.0, 72.0, 72.0, 62.0)
AMONG: list[Ball] = [
    (35, 180, 60, 20),
    (118, 190, 80, 19),
    (76, 40, 185, 21),
    (76, 90, 215, 18),
    (40, 225, 110, 20),
]


def test_a_large_vesicle_among_small_ones_is_found_and_a_larger_one_is_told(
    bundled: Model, tmp_path: Path
) -> None:
    mixed = phantom([LARGE, BEYOND, *AMONG], (70, 112, 112))
    result = run(mixed, bundled, tmp_path)
    scores = compare([v.sphere for v in result.vesicles.accepted], mixed.truth)
    assert (scores.true_positives, scores.false_positives, scores.false_negatives) == (6, (), (1,))
    (larger,) = [v for v in result.vesicles if v.radius_nm > 50]
    assert larger.status is Status.OUTLIER
    assert larger.radius_nm == pytest.approx(62.0, abs=1.0)
    (told,) = [note.sentence for note in result.notes if note.kind is NoteKind.BEYOND_RANGE]
    assert told.startswith("1 more candidate of 62 nm radius")
    assert result.saw.beyond is not None
    wider = run(mixed, bundled, tmp_path, result.saw.beyond.widened(Recipe()))
    assert len(wider.vesicles.accepted) == 7
    fine_only = run(mixed, bundled, tmp_path, Recipe().with_value("input", "look_larger", False))
    assert not [v for v in fine_only.vesicles if v.radius_nm > 50]


FACES_SHAPE = (64, 104, 104)


@pytest.fixture(scope="module")
def at_faces() -> Phantom:
    """A vesicle cut in half by each of the six faces, and four whole ones."""
    end = (np.array(FACES_SHAPE) - 1) * 2.2
    balls: list[Ball] = []
    for axis in range(3):
        for at in (0.0, end[axis]):
            centre = end / 2
            centre[axis] = at
            balls.append((*centre.tolist(), 20.0 + axis))
    inner = [(0.3, 0.25, 0.25), (0.7, 0.25, 0.75), (0.3, 0.75, 0.25), (0.7, 0.75, 0.75)]
    balls += [(*(end * share).tolist(), 19.0 + k) for k, share in enumerate(inner)]
    return phantom(balls, FACES_SHAPE)


def test_vesicles_cut_by_faces_are_found_and_flagged(at_faces: Phantom, model: Model, tmp_path: Path) -> None:
    result = run(at_faces, model, tmp_path)
    scores = compare([v.sphere for v in result.vesicles.accepted], at_faces.truth)
    assert (scores.true_positives, scores.false_positives, scores.false_negatives) == (10, (), ())
    for match in scores.matches:
        assert match.distance_nm < 1.0
        flagged = Flag.FACE in result.vesicles.accepted[match.predicted].flags
        assert flagged == (match.true < 6)
    assert NoteKind.FACES in [note.kind for note in result.notes]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_hardly_any_vesicles_are_no_trouble(number: int, bundled: Model, tmp_path: Path) -> None:
    balls: list[Ball] = [(66.0, 60.0, 60.0, 20.0), (66.0, 130.0, 140.0, 18.0)]
    few = phantom(balls[:number], (60, 88, 92))
    result = run(few, bundled, tmp_path)
    scores = compare([v.sphere for v in result.vesicles.accepted], few.truth)
    assert scores.true_positives == number
    assert len(scores.false_positives) <= 1  # noise alone may look like one
    assert all(v.p_value is None for v in result.vesicles)
    told = [note.sentence for note in result.notes if note.kind is NoteKind.POPULATION]
    assert any("too few" in sentence for sentence in told) == (len(result.vesicles) > 0)
    nothing_stands = len(result.vesicles) > 0 and not result.vesicles.accepted
    assert any("no vesicles at all" in sentence for sentence in told) == nothing_stands


@pytest.fixture(scope="module")
def small() -> Phantom:
    centres = [(50, 45, 45), (50, 45, 100), (60, 100, 50), (55, 105, 110), (50, 60, 155), (60, 115, 160)]
    return phantom([(*map(float, c), 18.0 + k) for k, c in enumerate(centres)], (50, 72, 94))


@pytest.fixture(scope="module")
def warm(small: Phantom, bundled: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the default recipe has run on the small phantom."""
    folder = tmp_path_factory.mktemp("cache")
    run(small, bundled, folder)
    return folder


def cached(result: PipelineResult) -> dict[str, bool]:
    return {s.name: s.cached for s in result.steps}


def told_after_the_network(result: PipelineResult) -> list[tuple[str, int | None, int | None, str]]:
    """What later steps say; that of a network names its engine only where it computed."""
    return [(s.name, s.before, s.after, s.note) for s in result.steps if s.name not in ("rescale", "network")]


def test_only_what_depends_on_a_change_is_computed_again(
    small: Phantom, bundled: Model, tmp_path: Path
) -> None:
    first = run(small, bundled, tmp_path)
    assert list(cached(first)) == [
        "rescale",
        "network",
        "threshold",
        "split",
        "fit",
        "duplicates",
        "outliers",
    ]
    assert not any(cached(first).values())
    again = run(small, bundled, tmp_path)
    assert {n for n, c in cached(again).items() if c} == {"rescale", "network", "threshold", "split", "fit"}
    assert again.vesicles == first.vesicles
    assert told_after_the_network(again) == told_after_the_network(first)
    p_cut = run(small, bundled, tmp_path, Recipe().with_value("outliers", "p_cut", 0.5))
    assert cached(p_cut)["fit"]
    threshold = run(small, bundled, tmp_path, Recipe().with_value("instances", "threshold_low", 0.5))
    assert {n for n, c in cached(threshold).items() if c} == {"rescale", "network"}
    blur = run(small, bundled, tmp_path, Recipe().with_value("fit", "blur_nm", 1.0))
    assert {n for n, c in cached(blur).items() if c} == {"rescale", "network", "threshold", "split"}
    smooth = run(small, bundled, tmp_path, Recipe().with_value("input", "smoothing_px", 0.8))
    assert not cached(smooth)["rescale"]
    assert not cached(smooth)["network"]


def test_vesicles_and_maps_come_in_nm_of_the_tomogram(small: Phantom, bundled: Model, warm: Path) -> None:
    result = run(small, bundled, warm)
    scores = compare([v.sphere for v in result.vesicles.accepted], small.truth)
    assert (scores.true_positives, scores.false_positives) == (6, ())
    probability = np.load(result.map.path, mmap_mode="r")
    assert probability.shape == small.grey.shape
    assert result.map.voxel_size_nm == 2.2
    assert all(v.probability is not None and v.probability > 0.5 for v in result.vesicles.accepted)
    assert len(result.stages["split"]) >= len(result.stages["fit"]) >= 6


def test_each_step_is_reported_when_it_is_done(small: Phantom, bundled: Model, warm: Path) -> None:
    heard: list[StepReport] = []
    result = Pipeline(small.volume, Recipe(), bundled, warm, ONE_THREAD).run(on_step=heard.append)
    of_first = heard[: len(result.steps)]  # then those of the other contrast, if it was tried
    assert tuple(of_first) == result.steps


class _StopAt:
    """Cancels in the middle of a step."""

    def __init__(self, step: str) -> None:
        self.step, self.token = step, CancelToken()

    def __call__(self, step: str, fraction: float, message: str) -> None:
        if step == self.step:
            self.token.cancel()


@pytest.mark.parametrize("step", ["rescale", "network", "split", "fit"])
def test_cancel_leaves_nothing_unfinished(step: str, small: Phantom, bundled: Model, tmp_path: Path) -> None:
    stop = _StopAt(step)
    with pytest.raises(Cancelled):
        Pipeline(small.volume, Recipe(), bundled, tmp_path, ONE_THREAD).run(Progress(stop, stop.token))
    left = [p.name for p in tmp_path.rglob("*") if p.is_file()]
    arrays = [name for name in left if name.endswith(".npy")]
    done = {"rescale": (0,), "network": (1,), "split": (4,), "fit": (4,)}[step]
    assert len(arrays) in done
    assert all(
        name.startswith(("grey-", "input-", "contrast-", "probability-", "candidates-")) for name in left
    )
    for name in left:
        if name.endswith(".npy"):
            assert np.isfinite(np.load(tmp_path / name)).all()


def test_outside_the_mask_nothing_is_found(small: Phantom, bundled: Model, tmp_path: Path) -> None:
    mask = np.zeros(small.grey.shape, np.uint8)
    mask[:, :, :36] = 1
    result = run(small, bundled, tmp_path, region_mask=RunMask.of_array(mask))
    assert len(result.vesicles.accepted) >= 2
    assert all(v.x_nm < 36 * 2.2 + 5 for v in result.vesicles)
    assert not np.load(result.map.path)[:, :, 37:].any()


def test_fits_can_look_at_another_volume(small: Phantom, bundled: Model, warm: Path) -> None:
    """The network sees one tomogram, the fits the same one moved by two voxels."""
    moved = Phantom(np.roll(small.grey, 2, axis=2), small.voxel_nm, small.truth)
    plain = run(small, bundled, warm)
    other = run(small, bundled, warm, fit_volume=moved.volume)
    off = [b.x_nm - a.x_nm for a, b in zip(plain.vesicles.accepted, other.vesicles.accepted, strict=True)]
    np.testing.assert_allclose(off, 4.4, atol=0.15)
    assert cached(other)["split"]
    assert not cached(other)["fit"]


def turned(of: Phantom) -> Phantom:
    return Phantom((-of.grey.astype(np.int32)).astype(np.int16), of.voxel_nm, of.truth)


@pytest.mark.parametrize("contrast", ["auto", "bright"])
def test_bright_membranes_are_turned(contrast: str, small: Phantom, bundled: Model, tmp_path: Path) -> None:
    result = run(turned(small), bundled, tmp_path, Recipe().with_value("input", "contrast", contrast))
    scores = compare([v.sphere for v in result.vesicles.accepted], small.truth)
    assert (scores.true_positives, scores.false_positives) == (6, ())
    assert result.grey is not None
    assert result.grey.contrast_used is Contrast.BRIGHT
    told = [
        note.kind for note in result.notes if note.kind in (NoteKind.CONTRAST, NoteKind.CONTRAST_DOUBTFUL)
    ]
    assert told == ([NoteKind.CONTRAST] if contrast == "auto" else [])


def test_a_contrast_that_the_image_contradicts_is_told(
    twelve_pairs: Phantom, bundled: Model, tmp_path: Path
) -> None:
    bright = Recipe().with_value("input", "contrast", "bright")
    wrong = run(twelve_pairs, bundled, tmp_path, bright, region_mask=RunMask.of_array(corner(twelve_pairs)))
    assert wrong.grey is not None
    assert wrong.grey.measured is Contrast.DARK
    assert NoteKind.CONTRAST_DOUBTFUL in [note.kind for note in wrong.notes]


def corner(of: Phantom) -> np.ndarray:
    """A small region, so that the network has little to do."""
    mask = np.zeros(of.grey.shape, np.uint8)
    mask[:40, :40, :40] = 1
    return mask


def test_fits_can_look_at_a_volume_of_the_other_contrast(small: Phantom, bundled: Model, warm: Path) -> None:
    plain = run(small, bundled, warm)
    other = run(small, bundled, warm, fit_volume=turned(small).volume)
    assert NoteKind.FIT_CONTRAST in [note.kind for note in other.notes]
    for a, b in zip(plain.vesicles.accepted, other.vesicles.accepted, strict=True):
        np.testing.assert_allclose(a.sphere.centre_nm, b.sphere.centre_nm, atol=1e-3)
        assert a.contrast == pytest.approx(b.contrast, rel=1e-3)


def test_bad_voxels_are_told_of(small: Phantom, bundled: Model, tmp_path: Path) -> None:
    holes = small.grey.astype(np.float32)
    holes[10, 10, :5] = np.nan
    result = run(replace(small, grey=holes), bundled, tmp_path)
    again = run(replace(small, grey=holes.copy()), bundled, tmp_path)
    for told in (result, again):
        assert (
            Note(NoteKind.BAD_VOXELS, "5 voxels are NaN or infinite; the median stands in for them.")
            in told.notes
        )
    assert len(result.vesicles.accepted) == 6
    assert cached(again)["rescale"]  # the same voxels in another array
    holes[10, 10, 5] = np.nan
    changed = run(replace(small, grey=holes), bundled, tmp_path)
    assert not cached(changed)["rescale"]  # and other voxels in the same one


def test_constant_and_empty_volumes(bundled: Model, tmp_path: Path) -> None:
    flat = Phantom(np.full((40, 44, 48), 3, np.int16), 2.2, ())
    assert len(run(flat, bundled, tmp_path / "flat").vesicles) == 0
    with pytest.raises(CryoVesError, match="no finite value"):
        run(replace(flat, grey=np.full((40, 44, 48), np.nan, np.float32)), bundled, tmp_path / "nan")
    assert not [p for p in (tmp_path / "nan").iterdir() if p.is_file()]


def test_the_older_recipes_run_with_their_own_steps(small: Phantom, bundled: Model, tmp_path: Path) -> None:
    for name in ("paper", "published"):
        result = run(small, bundled, tmp_path, BUILT_IN[name])
        steps = [s.name for s in result.steps]
        expand = ["expand"] if name == "paper" else []
        assert steps == ["rescale", "network", "threshold", "split", *expand, "remove", "fit", "outliers"]
        assert all(s.after is not None for s in result.steps[2:])
        assert compare([v.sphere for v in result.vesicles], small.truth).true_positives >= 4
    px = np.array([v.sphere.to_px(2.2) for v in result.vesicles])
    np.testing.assert_allclose(px, np.rint(px), atol=1e-6)  # the published program's whole voxels


def test_outliers_stay_in_the_table_with_a_reason(small: Phantom, bundled: Model, warm: Path) -> None:
    strict = run(small, bundled, warm, Recipe().with_value("outliers", "contrast_cut", 1.0))
    out = strict.vesicles.with_status(Status.OUTLIER)
    assert out
    assert all(v.reason for v in out)
    assert len(strict.vesicles) == len(strict.vesicles.accepted) + len(out)

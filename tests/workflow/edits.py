"""Random edits of a project: every kind of action, with sensible and with odd arguments."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Flag, Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.project.actions import add, combine, regions, reshape, review, run, tag
from cryoves_app.workflow.project.actions.patch import Action

TOMOGRAM = TomogramReference("a.mrc", "/data/a.mrc", 1234, "ab" * 32, (100, 400, 400), 2.2)


def sphere(rng: random.Random) -> Sphere:
    return Sphere(*(round(rng.uniform(0, 800), 3) for _ in range(3)), round(rng.uniform(12, 30), 3))


def found_vesicles(rng: random.Random, count: int, first_id: int = 1) -> VesicleSet:
    """What a run could have found."""
    vesicles = []
    for number in range(first_id, first_id + count):
        place = sphere(rng)
        vesicles.append(
            Vesicle(
                number,
                *place.centre_nm,
                place.radius_nm,
                contrast=round(rng.random(), 3),
                p_value=round(rng.random(), 4),
                status=rng.choice([Status.ACCEPTED, Status.ACCEPTED, Status.OUTLIER]),
                flags=rng.choice([(), (Flag.FACE,), (Flag.NOT_FITTED, Flag.OVERLAP)]),
            )
        )
    return VesicleSet.of(vesicles)


def project(seed: int = 0, count: int = 12) -> Project:
    return Project(TOMOGRAM, vesicles=found_vesicles(random.Random(seed), count))


def some_ids(rng: random.Random, now: Project, at_least: int = 1) -> list[int]:
    ids = [v.id for v in now.vesicles]
    return rng.sample(ids, rng.randint(at_least, min(len(ids), at_least + 3)))


def contour(rng: random.Random) -> Contour:
    points = tuple((5.0, rng.uniform(0, 99), rng.uniform(0, 99)) for _ in range(rng.randint(1, 4)))
    return Contour(points, closed=rng.random() < 0.5)


def _region_edit(rng: random.Random, now: Project) -> Action:
    region = Region(f"r{rng.randint(0, 99)}", rng.choice(list(RegionKind)), (contour(rng),))
    if not now.regions or rng.random() < 0.4:
        return regions.add_region(now, region)
    place = rng.randrange(len(now.regions))
    return rng.choice(
        [
            lambda: regions.change_region(now, place, region),
            lambda: regions.set_contours(now, place, [contour(rng), contour(rng)]),
            lambda: regions.set_slice(now, place, rng.randint(4, 6), [contour(rng)]),
            lambda: regions.set_kind(now, place, rng.choice(list(RegionKind))),
            lambda: regions.rename_region(now, place, f"named {len(now.regions)} {rng.random()}"),
            lambda: regions.remove_region(now, place),
        ]
    )()


def _run_again(rng: random.Random, now: Project) -> Action:
    found = found_vesicles(rng, rng.randint(0, 8))
    # some of them are where something is already
    near = [
        Vesicle(900 + n, v.z_nm + 1, v.y_nm, v.x_nm, v.radius_nm, contrast=0.5)
        for n, v in enumerate(now.vesicles)
        if rng.random() < 0.5
    ]
    recipe = BUILT_IN[rng.choice(sorted(BUILT_IN))]
    action, _ = run.take_over_run(now, found.added(near), recipe, "m", {"n": rng.randint(0, 9)})
    return action


EDITS: dict[str, Callable[[random.Random, Project], Action]] = {
    "add": lambda rng, now: add.add_vesicle(
        now, replace(Vesicle(1, *sphere(rng).centre_nm, 20.0), contrast=0.7)
    ),
    "import": lambda rng, now: add.import_vesicles(now, found_vesicles(rng, 2, rng.randint(1, 60)), "b.mod"),
    "move": lambda rng, now: reshape.move(now, some_ids(rng, now), (1.5, -2.25, rng.uniform(-9, 9))),
    "resize": lambda rng, now: reshape.resize(now, some_ids(rng, now)[0], rng.uniform(10, 40)),
    "fit": lambda rng, now: reshape.set_spheres(now, {i: sphere(rng) for i in some_ids(rng, now)}),
    "accept": lambda rng, now: review.accept(now, some_ids(rng, now)),
    "reject": lambda rng, now: review.reject(now, some_ids(rng, now)),
    "restore": lambda rng, now: review.restore(now, some_ids(rng, now)),
    "review": lambda rng, now: review.set_reviewed(now, some_ids(rng, now), rng.random() < 0.5),
    "tag": lambda rng, now: tag.toggle_tag(now, some_ids(rng, now), rng.choice(["docked", "tethered"])),
    "merge": lambda rng, now: combine.merge_vesicles(now, some_ids(rng, now, 2)),
    "split": lambda rng, now: combine.split(now, some_ids(rng, now)[0], [sphere(rng), sphere(rng)]),
    "regions": _region_edit,
    "segment": _run_again,
}


def random_edit(rng: random.Random, now: Project) -> Action:
    kind = rng.choice(sorted(EDITS)) if len(now.vesicles) > 3 else "add"
    return EDITS[kind](rng, now)


def seen(now: Project) -> tuple[object, ...]:
    """What the user sees; the next id only grows, whatever is undone."""
    return now.vesicles.vesicles, now.regions, now.recipe, now.model, now.run


def human(now: Project) -> list[Vesicle]:
    return [v for v in now.vesicles if v.origin is not Origin.AUTO or v.reviewed or v.tags]

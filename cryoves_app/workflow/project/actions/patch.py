"""A change of a project as data: what every action is made of, forwards and backwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.links.judgement import LinkJudgement
from cryoves_app.domain.project import Project
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle import Vesicle, VesicleFields
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_codec import (
    Plain,
    check_vesicle,
    fields_from_plain,
    fields_to_plain,
    link_judgements_from_plain,
    link_judgements_to_plain,
)
from cryoves_app.formats.project.project_file import Update
from cryoves_app.workflow.project.actions.region_patch import (
    RegionEntry,
    apply_entries,
    entries_between,
    entry_from_plain,
    entry_to_plain,
)

#: Recipe, model, run record and judgements of links of a project, by those names.
ChangedSettings = Mapping[str, Recipe | str | JsonObject | tuple[LinkJudgement, ...]]
_SETTING_NAMES = ("recipe", "model", "run", "link_judgements")
_FIELDS = tuple(f.name for f in fields(Vesicle) if f.name != "id")
#: What a vesicle that appears has where nothing is said of it; required fields have nothing.
_DEFAULTS = {f.name: f.default for f in fields(Vesicle) if f.name != "id"}


@dataclass(frozen=True)
class Patch:
    """What becomes of some vesicles, the regions and the run.

    ``vesicles`` maps an id to the fields that change, to those of a vesicle that appears which are not at their
    defaults, or to ``None`` for one that goes; all values are checked. ``regions`` says of all regions from then on
    what they are made of; ``settings`` are the project's recipe, model, run and judgements of links by name. What is
    not named stays.
    """

    vesicles: Mapping[int, VesicleFields | None] = field(default_factory=dict)
    regions: tuple[RegionEntry, ...] | None = None
    settings: ChangedSettings = field(default_factory=dict)

    @classmethod
    def between(cls, before: Project, after: Project) -> Patch:
        """The patch that makes the second project of the first."""
        names = [n for n in _SETTING_NAMES if getattr(before, n) != getattr(after, n)]
        return cls(
            _changes_between(before.vesicles, after.vesicles),
            entries_between(before.regions, after.regions) if after.regions != before.regions else None,
            {name: getattr(after, name) for name in names},
        )

    @property
    def is_empty(self) -> bool:
        return not self.vesicles and self.regions is None and not self.settings

    def apply(self, project: Project) -> Project:
        """The project with this change; vesicles stay ordered by their ids.

        Raises
        ------
        CryoVesError
            If a vesicle that is to change is not there.
        """
        changes: dict[str, Any] = dict(self.settings)
        if self.regions is not None:
            changes["regions"] = apply_entries(self.regions, project.regions)
        if self.vesicles:
            changes["vesicles"] = self._vesicles_after(project.vesicles)
        return replace(project, **changes)

    def update(self, after: Project) -> Update:
        """What the project file has to write; ``after`` is the project with this change."""
        present = [after.vesicles.get(i) for i in self.vesicles]
        return Update(
            tuple(vesicle for vesicle in present if vesicle is not None),
            tuple(i for i in self.vesicles if not after.vesicles.has(i)),
            None if self.regions is None else after.regions,
            self.settings,
            after.vesicles.next_id,
        )

    def to_plain(self) -> Plain:
        """As JSON can hold it."""
        plain: Plain = {}
        if self.vesicles:
            plain["vesicles"] = {
                str(i): None if f is None else fields_to_plain(f) for i, f in self.vesicles.items()
            }
        if self.regions is not None:
            plain["regions"] = [entry_to_plain(entry) for entry in self.regions]
        if self.settings:
            plain["settings"] = {n: _setting_to_plain(v) for n, v in self.settings.items()}
        return plain

    @classmethod
    def from_plain(cls, data: Plain) -> Patch:
        """From a stored action.

        Raises
        ------
        CryoVesError
            If it cannot be one.
        """
        try:
            regions = data.get("regions")
            return cls(
                {
                    int(i): None if f is None else fields_from_plain(f)
                    for i, f in data.get("vesicles", {}).items()
                },
                None if regions is None else tuple(entry_from_plain(item) for item in regions),
                _settings(data.get("settings", {})),
            )
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise CryoVesError("A step of the history is damaged.") from error

    def _vesicles_after(self, vesicles: VesicleSet) -> VesicleSet:
        stays = {i: values for i, values in self.vesicles.items() if values is not None}
        after = vesicles.replaced(v.but(**values) for i, values in stays.items() if (v := vesicles.get(i)))
        if gone := [i for i in self.vesicles if i not in stays and vesicles.has(i)]:
            after = after.removed(gone)
        added = [_new(i, values) for i, values in stays.items() if not vesicles.has(i)]
        return after.inserted(added) if added else after


@dataclass(frozen=True)
class Action:
    """One step that a person took, with its way back."""

    kind: str
    title: str
    forward: Patch
    inverse: Patch

    @classmethod
    def between(cls, kind: str, title: str, before: Project, after: Project) -> Action:
        """The action that makes the second project of the first."""
        return cls(kind, title, Patch.between(before, after), Patch.between(after, before))


def change_vesicles(kind: str, title: str, project: Project, *vesicles: Vesicle) -> Action:
    """The action that exchanges or adds vesicles, which take their place by id."""
    before = {v.id: project.vesicles.get(v.id) for v in vesicles}
    changed = sorted((v for v in vesicles if v != before[v.id]), key=lambda v: v.id)
    forward = {v.id: _difference(before[v.id], v) for v in changed}
    inverse = {v.id: None if (old := before[v.id]) is None else _difference(v, old) for v in changed}
    return Action(kind, title, Patch(forward), Patch(inverse))


def with_vesicles(project: Project, *vesicles: Vesicle) -> Project:
    """The project with vesicles exchanged or added, which take their place by id."""
    present = project.vesicles.replaced(vesicles)
    added = [v for v in vesicles if not project.vesicles.has(v.id)]
    return replace(project, vesicles=present.inserted(added) if added else present)


def _changes_between(before: VesicleSet, after: VesicleSet) -> dict[int, VesicleFields | None]:
    if before is after:
        return {}
    changed: dict[int, VesicleFields | None] = {v.id: None for v in before if not after.has(v.id)}
    for vesicle in after:
        known = before.get(vesicle.id)
        if known is not vesicle and known != vesicle:
            changed[vesicle.id] = _difference(known, vesicle)
    return changed


def _difference(known: Vesicle | None, vesicle: Vesicle) -> VesicleFields:
    if known is None:
        return {n: value for n, usual in _DEFAULTS.items() if (value := getattr(vesicle, n)) != usual}
    return {n: getattr(vesicle, n) for n in _FIELDS if getattr(known, n) != getattr(vesicle, n)}


def _new(number: int, values: VesicleFields) -> Vesicle:
    """A vesicle that appears; what only changes one that is not there lacks its place and size."""
    try:
        vesicle = Vesicle(number, **values)  # type: ignore[arg-type]
        check_vesicle(vesicle)
    except (TypeError, ValueError) as error:
        raise CryoVesError(f"Vesicle {number} is not there, so it cannot be changed.") from error
    return vesicle


def _setting_to_plain(value: Recipe | str | JsonObject | tuple[LinkJudgement, ...]) -> Any:
    if isinstance(value, Recipe):
        return value.to_dict()
    return link_judgements_to_plain(value) if isinstance(value, tuple) else value


def _settings(data: Plain) -> ChangedSettings:
    settings: dict[str, Recipe | str | JsonObject | tuple[LinkJudgement, ...]] = {}
    if "recipe" in data:
        settings["recipe"] = Recipe.from_dict(data["recipe"])
    if "model" in data:
        settings["model"] = str(data["model"])
    if "run" in data:
        settings["run"] = dict(data["run"])
    if "link_judgements" in data:
        settings["link_judgements"] = link_judgements_from_plain(data["link_judgements"])
    return settings

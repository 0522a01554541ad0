"""Whether membranes of a project's tomogram are bright, as its run found."""

from __future__ import annotations

from dataclasses import dataclass

from cryoves_app.domain.project import Project
from cryoves_app.domain.recipe_settings import Contrast
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain


@dataclass(frozen=True)
class _KnownContrast:
    contrast_used: Contrast = Contrast.DARK


def has_bright_membranes(project: Project) -> bool:
    """Dark where no run, or an earlier version's, says nothing of it."""
    try:
        return from_plain(_KnownContrast, project.run.get("grey")).contrast_used is Contrast.BRIGHT
    except NotUnderstood:
        return False

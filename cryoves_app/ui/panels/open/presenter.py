"""Decides what the first step says about the tomogram."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.tomogram_names import shown_name
from cryoves_app.domain.units import angstrom_from_nm
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.voxel_size import axes_in_words, doubt_of_given, suggested_voxel_size_nm
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.recompute import Newest
from cryoves_app.ui.panels.open.view import OpenView, Suggestion
from cryoves_app.ui.viewers.slicing import Plane, percentile_levels, read_slice

#: Edge of the piece of the central slice that is shown, in voxels.
PIECE_PX = 300


class OpenPresenter:
    """Keeps the view in step with the document."""

    def __init__(self, view: OpenView, document: Document) -> None:
        self.view, self._document = view, document
        self._reading = Newest(view)
        document.volume_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        volume = self._document.volume
        self._reading.forget()
        if volume is None:
            self.view.show_nothing()
            return
        voxel = volume.info.voxel_size_nm
        suggestion = None if voxel else suggest_voxel_size(volume.info)
        self.view.offer_levels(volume.info.level is not None)
        self.view.show_tomogram(describe_volume(volume), voxel, notes_of(volume), suggestion)
        self._reading.run(
            lambda: central_piece(volume), lambda image: self.view.preview.show_slice(image, voxel)
        )


def describe_volume(volume: Volume) -> str:
    """Name, size and type as rich text."""
    depth, height, width = volume.shape
    name = shown_name(Path(volume.info.path)) if volume.info.path else "Tomogram"
    lines = [f"<b>{name}</b>", f"{width} × {height} × {depth} voxels (x, y, z) · {volume.info.dtype}"]
    voxel = volume.info.voxel_size_nm
    if voxel:
        lines.append(f"{width * voxel:.0f} × {height * voxel:.0f} × {depth * voxel:.0f} nm")
    lines.append(_stated_in_words(volume.info))
    if volume.info.level is not None:
        number, of = volume.info.level
        lines.append(f"Level {number} of {of} ({'the finest' if number == 0 else 'the finest is 0'})")
    return "<br>".join(lines)


def _stated_in_words(info: VolumeInfo) -> str:
    if info.header_sizes_nm:
        return f"In the file: {axes_in_words(info.header_sizes_nm)}"
    stated = info.header_voxel_size_nm
    return (
        f"In the file: {angstrom_from_nm(stated):.4g} Å per voxel" if stated else "No voxel size in the file"
    )


def notes_of(volume: Volume) -> str:
    """What is odd about the file or its voxel size; the file goes by its name, since paths are long."""
    info = volume.info
    path = info.path or "The tomogram"
    notes = [*info.warnings]
    if info.voxel_size_nm is None:
        notes.append("Type the voxel size in before segmenting: every length depends on it.")
    elif (odd := doubt_of_given(info.voxel_size_nm, info)) is not None:
        notes.append(odd.sentence)
    return " ".join(notes).replace(path, shown_name(Path(path)))


def suggest_voxel_size(info: VolumeInfo) -> Suggestion | None:
    """What the voxel size probably is where the file is doubtful."""
    size = suggested_voxel_size_nm(info)
    if size is None:
        return None
    reason = "That of x and y" if info.header_sizes_nm else "Ten times that"
    return Suggestion(size, f"{reason}: {angstrom_from_nm(size):.4g} Å")


def central_piece(volume: Volume) -> NDArray[np.uint8]:
    """The middle of the central slice as grey values 0–255."""
    image = read_slice(volume.data, Plane.XY, volume.shape[0] // 2)
    top, left = (max(0, (n - PIECE_PX) // 2) for n in image.shape)
    piece = image[top : top + PIECE_PX, left : left + PIECE_PX]
    black, white = percentile_levels(piece, 0.5, 99.5)
    return (np.clip((piece - black) / (white - black), 0, 1) * 255).astype(np.uint8)

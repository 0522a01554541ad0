"""Which of the images in a TIFF file is the tomogram: files also hold previews, labels of slides, several stacks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.tiff_metadata import (
    StatedImage,
    imagej_fields,
    imagej_lengths,
    ome_images,
    ome_root,
    shaped_lengths,
)

_GREY_KINDS = "iuf"
_REDUCED, _MASK = 1, 4  # bits of the tag that says what an image is for


@dataclass(frozen=True)
class Stack:
    """Images of one size that belong together.

    ``pages`` are tifffile's, one for each plane, or a single one that holds all. ``lengths`` are those of all
    dimensions beyond the image's own two.
    """

    pages: tuple[Any, ...]
    lengths: tuple[int, ...]
    ome_image: int | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of its values, as they are read: those of one bit become 0 and 1."""
        return np.dtype(np.uint8) if self.is_mask else np.dtype(self.pages[0].dtype)

    @property
    def is_mask(self) -> bool:
        """Whether its values have one bit."""
        return np.dtype(self.pages[0].dtype).kind == "b"

    @property
    def is_coloured(self) -> bool:
        """Whether each pixel has several values."""
        return "S" in self.pages[0].axes

    @property
    def is_grey_volume(self) -> bool:
        """Whether it can be a tomogram."""
        return len(self.lengths) == 1 and not self.is_coloured and self.dtype.kind in _GREY_KINDS

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of all dimensions, those of a plane last."""
        return (*self.lengths, *_image_shape(self.pages[0]))

    @property
    def voxels(self) -> int:
        """How many pixels it has in all."""
        return math.prod(self.shape)

    def in_words(self) -> str:
        """Its lengths, x first."""
        return " × ".join(str(n) for n in reversed(self.shape))


def choose_volume(pages: Sequence[Any], name: str) -> tuple[Stack, str]:
    """The largest grey volume among the images of a file, and a sentence where there are others.

    Raises
    ------
    CryoVesError
        If there is none, which says what there is.
    """
    stacks = _stacks(_images(pages))
    volumes = [s for s in stacks if s.is_grey_volume]
    if not volumes:
        raise CryoVesError(_refusal(stacks, name))
    largest = max(volumes, key=lambda s: s.voxels)
    if lost := _left_out(stacks, largest):
        return largest, (
            f"Left out, of another size or type than the slices around: {lost} {'image' if lost == 1 else 'images'}; "
            "slices behind may lie too low."
        )
    if len(volumes) == 1:
        return largest, ""
    return largest, f"The file holds {len(volumes)} stacks; the largest, {largest.in_words()}, is taken."


def _left_out(stacks: Sequence[Stack], chosen: Stack) -> int:
    """How many images between the planes of a volume are no part of it, unless there is one at each plane."""
    places = [page.index for page in chosen.pages]
    others = [page.index for s in stacks if s is not chosen for page in s.pages]
    between = sum(places[0] < index < places[-1] for index in others)
    return between if between < len(places) - 1 else 0


def _images(pages: Sequence[Any]) -> list[Any]:
    """The pages that are no previews or masks of others, if there are any."""
    sound = [p for p in pages if p.shape and 0 not in p.shape and p.dtype is not None]
    own = [p for p in sound if not p.subfiletype & (_REDUCED | _MASK)]
    return own or sound


def _refusal(stacks: Sequence[Stack], name: str) -> str:
    if not stacks:
        return f"{name} is a TIFF file without an image."
    largest = max(stacks, key=lambda s: s.voxels)
    if largest.is_coloured:
        return (
            f"{name} holds several values for each voxel, as of colours; a grey tomogram is needed (in Fiji: "
            "Image › Type › 8-bit)."
        )
    if not largest.lengths:
        return f"{name} is a single image, not a tomogram."
    if len(largest.lengths) > 1:
        return (
            f"{name} has {len(largest.lengths) + 2} dimensions; a single tomogram has three (in Fiji: "
            "Image › Duplicate, or Image › Color › Split Channels)."
        )
    return f"{name} holds no grey values but {largest.dtype}."


def _stacks(images: Sequence[Any]) -> list[Stack]:
    if not images:
        return []
    stated = _stated_by_ome(images)
    parts = stated or _stated_by_others(images)
    single = [s for s in parts if not s.lengths]
    return [*(s for s in parts if s.lengths), *_joined(single)]


def _stated_by_ome(images: Sequence[Any]) -> list[Stack]:
    root = ome_root(images[0].description)
    found = [] if root is None else ome_images(root, len(images))
    stacks = [_stated_stack(images, image, index) for index, image in enumerate(found)]
    return [s for s in stacks if s is not None] if all(stacks) else []


def _stated_stack(images: Sequence[Any], image: StatedImage, index: int) -> Stack | None:
    pages = tuple(images[i] for i in image.planes)
    own = _own_lengths(pages[0])
    return Stack(pages, (*image.lengths, *own), index) if _are_alike(pages) else None


def _stated_by_others(images: Sequence[Any]) -> list[Stack]:
    """Stacks as ImageJ's or tifffile's notes at their first page say, every other page for itself."""
    stacks: list[Stack] = []
    while images:
        stack = _noted_stack(images) or Stack((images[0],), _own_lengths(images[0]))
        stacks.append(stack)
        images = images[len(stack.pages) :]
    return stacks


def _noted_stack(images: Sequence[Any]) -> Stack | None:
    """The stack that notes at the first of some pages describe, if the file bears them out."""
    first = images[0]
    lengths = shaped_lengths(first.description, first.shape)
    if lengths is None:
        lengths = imagej_lengths(imagej_fields(first.description))
        if len(images) not in (1, math.prod(lengths)):  # ImageJ's speak of the whole file
            return None
    count = math.prod(lengths)
    pages = tuple(images[:count])
    if count == 1 or _own_lengths(first):
        return None
    if len(pages) == count and _are_alike(pages):
        return Stack(pages, lengths)
    # or only the first plane has a directory
    if first.is_contiguous and (len(images) == 1 or _holds(first, count)):
        return Stack((first,), lengths)
    return None


def _holds(page: Any, planes: int) -> bool:
    """Whether so many planes fit into the file from where a page's own is."""
    return bool(page.dataoffsets[0] + planes * page.nbytes <= page.parent.filehandle.size)


def _joined(singles: Iterable[Stack]) -> list[Stack]:
    """Single images of one size and type, taken together as a stack in their order."""
    groups: dict[Any, list[Any]] = {}
    for stack in singles:
        page = stack.pages[0]
        groups.setdefault((page.shape, page.dtype, page.axes), []).append(page)
    return [Stack(tuple(pages), (len(pages),) if len(pages) > 1 else ()) for pages in groups.values()]


def _are_alike(pages: Sequence[Any]) -> bool:
    first = pages[0]
    return all(p.shape == first.shape and p.dtype == first.dtype and p.axes == first.axes for p in pages)


def _own_lengths(page: Any) -> tuple[int, ...]:
    """The lengths of what a page holds beyond rows and columns: some pages are volumes themselves."""
    return tuple(n for n, axis in zip(page.shape, page.axes, strict=True) if axis not in "YXS" and n > 1)


def _image_shape(page: Any) -> tuple[int, ...]:
    return tuple(n for n, axis in zip(page.shape, page.axes, strict=True) if axis in "YX")

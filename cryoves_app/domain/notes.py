"""What a user should know of a run besides its result: a kind for the program, a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """What a note is about."""

    NEED = "need"  # memory, disk and time of the run, before it starts
    SHORTAGE = "shortage"  # less memory is free than that
    INPUT = "input"  # the tomogram's file, or one that goes with it
    NO_VARIATION = "no_variation"  # one grey value everywhere
    VOXEL_SIZE = "voxel_size"  # another than the file says
    BAD_VOXELS = "bad_voxels"  # NaN or infinite
    NO_DATA = "no_data"  # borders, wedges, slices that hold nothing
    OUTSIDE = "outside"  # layers above and below the lamella or the ice
    BEADS = "beads"  # gold, left out
    RAMP = "ramp"  # grey or contrast that varies slowly over the tomogram
    ENGINE = "engine"  # not the engine or device that was asked for
    THRESHOLD = "threshold"  # of the probability map
    DEFOCUS = "defocus"  # from a file beside the tomogram
    MEMBRANES = "membranes"  # what is not known of their mid-plane or thickness
    FAINT = "faint"  # places of which the network is sure, and the fits see too little
    POPULATION = "population"  # the reference of the outlier test
    OUTLIERS = "outliers"  # many of them
    BEYOND_RANGE = "beyond_range"  # vesicles beyond the radii that were looked for
    RADIUS = "radius"  # far from the expected one
    CONTRAST = "contrast"  # membranes are bright, and were turned dark
    LOOK = "look"  # noise and blur, and whether they were matched to those that the network learned from
    AGAIN = "again"  # what a search with the vesicles' own profile found
    CONTRAST_DOUBTFUL = "contrast_doubtful"  # not what the recipe takes it for
    FIT_CONTRAST = "fit_contrast"  # the volume of the fits has the other one
    FACES = "faces"  # vesicles that a face of the tomogram cuts
    OVERLAPS = "overlaps"  # of accepted vesicles
    EARLIER = "earlier"  # of an earlier run, whose record tells no kind
    NOTHING_FOUND = "nothing_found"  # or next to nothing, and what to try
    LINKS = "links"  # why they were not looked for
    PATCHES = "patches"  # smaller than asked for, as the tomograms are thin
    MERGED = "merged"  # what a run into a project kept and replaced


@dataclass(frozen=True)
class Note:
    """One sentence and its kind."""

    kind: NoteKind
    sentence: str

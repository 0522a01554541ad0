"""How oriented points are turned about their normals."""

from __future__ import annotations

from enum import StrEnum


class InPlane(StrEnum):
    """What the reference's x axis looks to; the word on the command line."""

    ZERO = "zero"
    RANDOM = "random"
    BEAM = "beam"
    TILT_AXIS = "tilt-axis"
    ACTIVE_ZONE = "active-zone"
    NEIGHBOUR = "neighbour"


#: What the window calls each.
IN_PLANE_TITLES = {
    InPlane.ZERO: "not turned (angle 0)",
    InPlane.RANDOM: "at random",
    InPlane.BEAM: "towards the beam (z)",
    InPlane.TILT_AXIS: "along the tilt axis (y)",
    InPlane.ACTIVE_ZONE: "towards the active zone",
    InPlane.NEIGHBOUR: "towards the nearest vesicle",
}

"""What the membranes of a tomogram look like, and how their mid-plane was found: part of the run record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class MidPlaneRule(StrEnum):
    """How the mid-plane was found."""

    BILAYER = "bilayer"  # two leaflets, blurred and imaged, fitted to the population's profile
    DARKEST = "darkest"  # the profile's darkest point: the model does not explain the profile


class Transfer(StrEnum):
    """What the contrast transfer did to a tomogram."""

    NONE = "none"
    RAW = "raw"  # sin χ
    FLIPPED = "flipped"  # |sin χ|


#: Above this blur (full width at half maximum, nm) nothing tells how far apart leaflets are.
RESOLVED_WIDTH_NM = 8.0
#: Above this one the fitted defocus and transfer mean nothing, though the mid-plane does.
TRANSFER_WIDTH_NM = 4.0


@dataclass(frozen=True)
class MembraneModel:
    """The membranes of one tomogram, all vesicles together. Lengths in nm; unknown values are ``None``.

    ``se_mid_plane_nm`` is the error that all radii share, from leaving out groups of vesicles in turn: it knows noise,
    not what the model lacks. ``blur_nm`` is a full width at half maximum. ``transfer`` and ``defocus_um`` are given
    where the image is sharp enough to tell them. ``edges_preserved``: it was denoised in a way that no blur explains.
    """

    rule: MidPlaneRule = MidPlaneRule.DARKEST
    vesicles: int = 0
    se_mid_plane_nm: float | None = None
    leaflet_distance_nm: float | None = None
    blur_nm: float | None = None
    transfer: Transfer | None = None
    defocus_um: float | None = None
    own_mid_planes: bool = False
    edges_preserved: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the run record."""
        return asdict(self)

    def sentences(self) -> tuple[str, ...]:
        """What a reader of the radii must know; empty where all is as it should be."""
        if not self.vesicles:
            return ()
        if self.rule is MidPlaneRule.DARKEST:
            return (
                "The membranes' profile could not be explained by two leaflets, so the mid-plane is its darkest point: "
                "all radii may be off by the same 1 to 2 nm, and no thickness is given.",
            )
        found = []
        if self.edges_preserved:
            found.append(
                "The tomogram looks denoised with its edges preserved, which gives membranes a shape of its own: all "
                "radii may be off by the same 0.7 nm. Measure on the tomogram as it was before (--fit-volume)."
            )
        if self.blur_nm is not None and self.blur_nm > RESOLVED_WIDTH_NM:
            found.append(
                f"Membranes are blurred over {self.blur_nm:.0f} nm, which hides how far apart their leaflets are: "
                "thicknesses are left empty."
            )
        return tuple(found)

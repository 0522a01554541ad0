"""Arrays by what their numbers mean: axes, units, and which radius.

Axes and positions run z, y, x. Positions are measured from the centre of voxel (0, 0, 0): in nm, or in voxels where a
name ends in ``_px``. A vesicle's *mid-plane* radius ends in the middle of its membrane, where fits find it; the *outer*
radius ends at the membrane's outer edge and is what ``Sphere``, tables and models hold. Between them lies ``edge_nm``
of the recipe.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Numbers that one function works with; what they mean stands there.
Array = NDArray[np.float64]
AnyArray = NDArray[Any]

#: (n, 4): z, y, x and mid-plane radius, in nm.
MidSpheres = NDArray[np.float64]
#: (4,): one row of ``MidSpheres``.
MidSphere = NDArray[np.float64]
#: (n, 4): z, y, x and outer radius, in voxels.
SpheresPx = NDArray[np.float64]
#: (n, 3): z, y, x; or (n, 2): y, x on one slice.
Points = NDArray[np.float64]
#: (n,): one number for each vesicle, voxel or sample; NaN where it is not known.
Values = NDArray[np.float64]
#: (v,): one number for each voxel of a shell: half the memory, and fine enough for positions to 10⁻⁴ nm.
Voxels = NDArray[np.float32]
#: (p,): one number for each position of a radial profile.
ProfileValues = NDArray[np.float64]
#: (n,): which of some rows are meant.
Chosen = NDArray[np.bool_]
#: (n,): places in another array.
Indices = NDArray[np.intp]

#: (z, y, x): grey values to compute with.
Grey = NDArray[np.float32]
#: (y, x): one slice of them.
GreyPlane = NDArray[np.float32]
#: (z, y, x): the network's output, 0 to 1.
Probability = NDArray[np.float32]
#: (z, y, x): 1 inside, 0 outside.
Mask = NDArray[np.uint8]
#: True inside, False outside; of any shape.
BoolMask = NDArray[np.bool_]
#: (y, x): one slice of a mask.
MaskPlane = NDArray[np.bool_]
#: (z, y, x): 0 outside, else an object's number.
Labels = NDArray[np.uint16]

#: Voxels along z, y, x.
Shape = tuple[int, int, int]
#: A part of an array, along each of its axes.
Window = tuple[slice, ...]
#: A point z, y, x in voxels.
Position = tuple[float, float, float]

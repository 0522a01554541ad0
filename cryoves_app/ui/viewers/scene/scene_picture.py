"""A picture of the scene in another size than that in which it is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo


def render_larger(canvas: Any, ratio: float) -> NDArray[np.uint8]:
    """Rows and columns of red, green, blue and opacity, ``ratio`` pixels for each of the widget's.

    vispy's own ``render`` draws in the widget's size into a corner of a larger picture: it tells its transforms the
    size of the canvas for that of the picture.
    """
    width, height = (max(round(length * ratio), 2) for length in canvas.size)
    picture = gloo.FrameBuffer(gloo.RenderBuffer((height, width)), gloo.RenderBuffer((height, width)))
    canvas.set_current()
    canvas.push_fbo(picture, (0, 0), canvas.physical_size)
    try:
        canvas.transforms.configure(
            viewport=(0, 0, width, height),
            fbo_size=(width, height),
            fbo_rect=(0, 0, *canvas.physical_size),
        )
        canvas.context.clear(color=canvas.bgcolor, depth=True)
        canvas.draw_visual(canvas.scene)
        return np.asarray(picture.read())
    finally:
        canvas.pop_fbo()

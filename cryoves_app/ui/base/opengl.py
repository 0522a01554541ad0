"""What OpenGL this computer offers: asked the way the 3-D view will draw."""

from __future__ import annotations

import sys

from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext

from cryoves_app.workflow.health.opengl_check import is_enough


def opengl_works() -> bool:
    """Whether the 3-D view can be drawn here."""
    return is_enough(describe_opengl())


def describe_opengl() -> dict[str, str]:
    """``version`` and ``renderer`` as the driver tells them; empty where no context can be made and used."""
    _application = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    context = QOpenGLContext()
    surface = QOffscreenSurface()
    if not context.create():
        return {}
    surface.create()
    if not (surface.isValid() and context.makeCurrent(surface)):
        return {}
    try:
        return _asked()
    finally:
        context.doneCurrent()


def _asked() -> dict[str, str]:
    """Through PyOpenGL: on Windows Qt may draw with a library of its own, which the 3-D view cannot."""
    try:
        from OpenGL import GL

        return {
            "version": _text(GL.glGetString(GL.GL_VERSION)),
            "renderer": _text(GL.glGetString(GL.GL_RENDERER)),
        }
    except Exception:  # noqa: BLE001 - without a usable library PyOpenGL fails in many ways, all with one meaning
        return {}


def _text(answer: bytes | str | None) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer or ""

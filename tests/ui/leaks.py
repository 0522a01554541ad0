"""Widgets that are alive when nothing should be."""

from __future__ import annotations

import gc

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget


def remaining_widgets() -> list[QWidget]:
    """The top-level widgets that exist after everything that was given up has been deleted."""
    _delete_what_is_due()
    if QApplication.topLevelWidgets():
        gc.collect()  # cycles between Python objects are no leak
        _delete_what_is_due()
    return QApplication.topLevelWidgets()


def _delete_what_is_due() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


def describe_widget(widget: QWidget) -> str:
    """Its class with its title or name."""
    return f"{type(widget).__name__} {widget.windowTitle() or widget.objectName()}".strip()

"""Connectors and tethers of the open project."""

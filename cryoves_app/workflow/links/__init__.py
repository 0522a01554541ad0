"""Connectors and tethers of a project or of a label volume, as tables and a volume."""

"""Connectors between vesicles and tethers to the active zone."""

"""Connectors and tethers as people speak of them."""

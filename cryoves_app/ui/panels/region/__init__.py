"""Regions: the list, the kinds, and what they do."""

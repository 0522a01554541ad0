"""Regions in slices and in the 3-D view."""

"""Vesicles that are no spheres."""

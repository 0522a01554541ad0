"""Fits that a person starts."""

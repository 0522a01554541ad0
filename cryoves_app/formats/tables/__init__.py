"""Vesicles as tables of text."""

"""Checking vesicles one after the other."""

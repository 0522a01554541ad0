"""Membranes and active zones found from a few clicks."""

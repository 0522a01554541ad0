"""Regions that a network finds: a membrane, an organelle, whatever it was taught."""

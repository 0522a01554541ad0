"""Membranes as surfaces: found from a few clicks, told by their profile, cut to an active zone."""

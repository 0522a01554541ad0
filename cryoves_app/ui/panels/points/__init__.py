"""Oriented points on vesicles, for subtomogram averaging."""

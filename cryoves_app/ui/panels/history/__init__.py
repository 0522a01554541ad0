"""Everything that was done, as a list."""

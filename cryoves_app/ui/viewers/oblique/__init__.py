"""The slice in any direction."""

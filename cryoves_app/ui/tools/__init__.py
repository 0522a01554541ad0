"""One mouse tool of the slice views in each file."""

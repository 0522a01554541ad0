"""Several tomograms as a list with their states."""

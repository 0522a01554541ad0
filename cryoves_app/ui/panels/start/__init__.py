"""The start page: drop zone, recent tomograms, the sample."""

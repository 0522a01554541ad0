"""Many tomograms, one after the other."""

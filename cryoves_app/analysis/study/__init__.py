"""Many tomograms against each other, and vesicles against chance."""

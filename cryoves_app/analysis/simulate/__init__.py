"""Simulated tomograms with exact truth: the fixed benchmark phantom and the training simulator."""

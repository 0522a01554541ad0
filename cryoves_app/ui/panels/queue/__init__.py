"""The queue of tomograms that are segmented beside all other work."""

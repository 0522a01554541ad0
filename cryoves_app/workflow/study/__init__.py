"""The study: many tomograms in conditions, measured and compared."""

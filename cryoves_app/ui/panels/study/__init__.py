"""The study of the queue's tomograms: measured, compared, drawn."""

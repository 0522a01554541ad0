"""What shows volumes: slices, three linked slices, and the scene in 3-D."""

"""Grey values as microscopes and programs leave them: what of a tomogram is data, and on what scale it lies."""

"""Model, device, recipe, and the run."""

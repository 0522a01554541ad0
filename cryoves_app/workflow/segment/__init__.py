"""One tomogram through the pipeline."""

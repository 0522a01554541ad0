"""From a probability map, or labels, to candidates."""

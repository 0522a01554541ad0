"""Results on their way to other programs, and what is checked before they go."""

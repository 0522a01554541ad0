"""Which vesicles are accepted, and what is odd about a result."""

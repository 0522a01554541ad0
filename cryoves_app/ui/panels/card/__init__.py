"""One vesicle in detail."""

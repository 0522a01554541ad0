"""How the slices are drawn: contrast, averaging, what lies over them, colours."""

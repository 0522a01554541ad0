"""A result held against another one: scores, errors, figure."""

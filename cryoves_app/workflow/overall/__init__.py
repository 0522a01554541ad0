"""All figures of the program on one page, and what got worse from one page to the next."""

"""All vesicles of a tomogram fitted together, and what is measured on each."""

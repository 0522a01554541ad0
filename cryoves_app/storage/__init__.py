"""How files come to the disk and leave it: whole or not at all, and nothing is removed that is not ours."""

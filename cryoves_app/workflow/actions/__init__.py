"""One invertible edit of a project each."""

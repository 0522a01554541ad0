"""What a person can do to a project: one file per kind of edit, each an invertible action."""

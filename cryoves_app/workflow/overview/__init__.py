"""Pictures of a result on one page."""

"""One folder for each panel: a passive view, and a presenter that decides."""

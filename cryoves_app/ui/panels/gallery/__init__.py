"""A contact sheet of all vesicles."""

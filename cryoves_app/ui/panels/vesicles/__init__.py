"""The table of vesicles."""

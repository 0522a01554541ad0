"""The main window: assembles the parts, decides nothing."""

"""What every part of the window builds on: document, theme, commands, forms, background work."""

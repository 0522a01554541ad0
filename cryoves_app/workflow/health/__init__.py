"""What this computer offers: engines, cards, OpenGL."""

"""Every installed model on one small box, side by side."""

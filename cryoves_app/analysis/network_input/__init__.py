"""From grey values to what the network sees, and between grids."""

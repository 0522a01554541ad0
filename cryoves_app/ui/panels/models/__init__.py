"""The networks of this computer: what they are, and what can be done with them."""

"""A network of your own."""

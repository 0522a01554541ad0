"""What things are: frozen dataclasses, units and ids. Depends on numpy at most."""

"""Other programs' vesicles and regions on their way in."""

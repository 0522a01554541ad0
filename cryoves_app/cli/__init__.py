"""The command line, thin over ``workflow``."""

"""The worker process and how one talks to it."""

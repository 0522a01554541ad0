"""How things are computed: pure functions on arrays. No Qt, no network, no file paths."""

"""The path from opening to exporting."""

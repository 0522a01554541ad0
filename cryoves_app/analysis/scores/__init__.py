"""What is counted, measured and compared of results."""

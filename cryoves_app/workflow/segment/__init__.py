"""The job of segmenting one tomogram: from what was ordered to its results."""

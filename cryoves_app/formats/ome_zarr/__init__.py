"""OME-Zarr images and labels, versions 0.4 and 0.5: folders or zipped, read chunk by chunk, and written."""

"""copick projects in local folders: runs and tomograms that are listed, picks and segmentations that are added.

The library ``copick`` itself needs Zarr before version 3, which reads no OME-Zarr 0.5, and drags clients of remote
disks along; so the layout is read and written here as its version 1 does it.
"""

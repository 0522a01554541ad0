"""Regions and spheres as lines, as voxels and as triangles, and cuts through volumes."""

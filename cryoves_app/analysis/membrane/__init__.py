"""One vesicle's membrane: the voxels around it, its radial profile, the sphere and the bilayer fitted to it."""

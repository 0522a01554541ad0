"""What was opened, and whether its voxel size can be believed."""

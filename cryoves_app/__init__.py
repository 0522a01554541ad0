"""CryoVes: synaptic vesicles in cryo-electron tomograms, segmented and fitted as exact spheres."""

__version__ = "0.1.0"

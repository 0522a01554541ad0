"""CryoVes: synaptic vesicles in cryo-electron tomograms, segmented and fitted as exact spheres."""

from cryoves_app.environment import keep_to_ourselves

__version__ = "0.1.0"

keep_to_ourselves()

"""The window. The only package that imports Qt, pyqtgraph and vispy; it never imports TensorFlow."""

"""IMOD models (``.mod``): the binary file, and its meaning for vesicles and regions."""

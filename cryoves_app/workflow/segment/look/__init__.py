"""With which look the network sees a tomogram."""

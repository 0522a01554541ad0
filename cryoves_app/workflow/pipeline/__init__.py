"""The steps of one tomogram, from its grey values to vesicles."""

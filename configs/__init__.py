"""The configuration of training and export; in a wheel it is the package ``stance.configs``, which Hydra reads."""

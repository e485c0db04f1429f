"""Training of the encoder: weights, data, loop, metrics. Needs the extra ``train``."""

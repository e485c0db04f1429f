"""From a trained checkpoint to the model folder that the library opens. Needs the extra ``export``."""

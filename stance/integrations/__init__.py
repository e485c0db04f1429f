"""The library inside other systems: Ray Data, Spark and spaCy; each module needs the extra of its name."""

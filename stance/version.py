"""The version of the library, which the distribution takes from here."""

__version__ = "0.1.0"

"""The command ``stance``: predict, classify, extract and info."""

from stance.cli.app import main

__all__ = ["main"]

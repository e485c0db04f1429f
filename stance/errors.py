"""The errors of the library: each says what was wrong and what to do about it."""


class StanceError(Exception):
    """Base of every error that the library raises on purpose."""


class InputError(StanceError, ValueError):
    """A value given by the caller cannot be used."""


class ActorError(InputError):
    """A name or an alias of an actor cannot be used."""


class RecordError(InputError):
    """A dictionary or a line of a file does not have the form it should have."""


class ModelError(StanceError):
    """A model folder is missing, incomplete or of another format version."""


class MissingExtraError(StanceError, ImportError):
    """An optional part of the library needs packages that are not installed."""

    def __init__(self, package: str, extra: str) -> None:
        """Name the missing package and the command that installs it."""
        super().__init__(f"{package} is not installed; run: pip install 'quote-stance[{extra}]'")
        self.package = package
        self.extra = extra

"""The error tree. Imports nothing, so that every room may raise and catch these."""


class DigestbotError(Exception):
    """The root: whatever digestbot itself finds wrong. The text is for an operator: the fault, then what to do."""


class SettingsError(DigestbotError):
    """A setting is missing or wrong; ends the program with exit code 2."""

    def __init__(self, variable: str, message: str) -> None:
        super().__init__(f"{variable}: {message}")
        self.variable = variable


class StorageError(DigestbotError):
    """The database cannot be opened, read or written."""


class NotFoundError(DigestbotError):
    """Something that was named does not exist."""


class SourceError(DigestbotError):
    """A place where digests come from cannot be read."""


class TransportError(DigestbotError):
    """The Bot API server cannot be reached or refuses us for good."""

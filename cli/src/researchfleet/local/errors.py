"""What keeps the local runtime from running, as sentences for the person who started it."""


class CannotRunError(Exception):
    """The fleet cannot be run here now; the message says why and what to do."""

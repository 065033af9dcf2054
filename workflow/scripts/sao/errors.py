"""The one kind of error that a person is meant to read. Standard library only."""


class BuildError(Exception):
    """A stage cannot go on. The message is one line: what, where, what to do next."""

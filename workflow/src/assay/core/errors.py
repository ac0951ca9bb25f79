"""The errors assay raises on purpose; each message is a sentence for a person."""

from enum import IntEnum


class Category(IntEnum):
    """Cause of a failed training, numbered as in the watch-mode protocol."""

    IMPLEMENTATION = 1
    DATA = 2
    RESOURCE = 3
    CONVERGENCE = 4


class AssayError(Exception):
    """Root of every error that is reported without a traceback."""


class ConfigError(AssayError):
    """The configuration has an unknown key or a value out of range."""


class ClusterError(AssayError):
    """The scheduler of the cluster does not answer."""


class DesignError(AssayError):
    """A design file is broken; the message lists file, line, key and remedy of each problem."""


class TrainingError(AssayError):
    """Training cannot go on.

    Attributes:
        category: what kind of cause it is (1 to 4).
        where: file, line and function, or the input concerned.
        remedy: what the reader should do next.
        details: further lines, such as the model's own traceback.
    """

    def __init__(
        self,
        message: str,
        *,
        category: Category,
        where: str = "",
        remedy: str = "",
        details: str = "",
    ) -> None:
        super().__init__(message)
        self.category = category
        self.where = where
        self.remedy = remedy
        self.details = details

"""Training as a program of its own: it ends with a sentence instead of a traceback."""

import sys

from assay.core.errors import TrainingError
from assay.training.request import Request
from assay.training.session import StoppedError
from assay.training.train import train_model


def train_or_exit(request: Request) -> None:
    """Train a model; end this process, saying why, if another holds it or it was stopped."""
    try:
        train_model(request)
    except StoppedError as stopped:
        sys.exit(f"assay: model {request.model} was stopped ({stopped}). Run again: it goes on.")
    except TrainingError as error:
        sys.exit(f"assay: {error}. {error.remedy}")
    except OSError as error:  # not even how it failed could be written down
        place = f" ({error.filename})" if error.filename else ""
        sys.exit(
            f"assay: model {request.model}: the machine refused: {error.strerror or error}{place}. "
            "Make room on the disk or correct the permissions, and run again: it goes on from its "
            "last checkpoint."
        )

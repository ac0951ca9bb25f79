"""What a worker may say during a training; model code shares its process and could write, too."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assay.core.errors import Category, TrainingError
from assay.worker.pipe import Message

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")  # becomes part of a file's name
ARRAYS = re.compile(r"arrays_\d+\.npz")
PHASE = re.compile(r"[a-z][a-z0-9_ -]{0,49}")
PROMISED = {"fit": ("fit.npz", "fit.json"), "results": ("results.json",)}


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(x, int | float) for x in value.values())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


SHAPES: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    "phase": {"name": _matches(PHASE)},
    "progress": {
        "step": _is_count,
        "of": lambda value: value is None or _is_count(value),
        "metrics": _are_numbers,
    },
    "checkpoint": {
        "name": _matches(NAME),
        "file": _matches(ARRAYS),
        "meta": lambda value: isinstance(value, dict),
    },
    "keep": {"name": _matches(NAME), "file": _matches(ARRAYS)},
    "fit": {},
    "results": {},
    "failure": {
        "category": lambda value: _is_count(value) and value in set(Category),
        **dict.fromkeys(("stage", "summary", "where", "remedy", "details"), _is_text),
    },
}


def check_message(message: Message, scratch: Path) -> None:
    """See that a message is one that assay's own worker sends.

    Args:
        message: what came.
        scratch: the folder in which the files that it names must lie.

    Raises:
        TrainingError: it is none.
    """
    kind = message["type"]
    shape = SHAPES.get(kind)
    if shape is None or message.keys() != {"type", *shape}:
        raise no_message(message)
    if not all(fits(message[key]) for key, fits in shape.items()):
        raise no_message(message)
    named = PROMISED.get(kind, (message["file"],) if "file" in shape else ())
    if not all((scratch / name).is_file() for name in named):
        raise no_message(message)


def no_message(message: Message) -> TrainingError:
    """Return the failure of a worker that sent what assay's own part of it never sends."""
    return TrainingError(
        "the worker sent something that is no message",
        category=Category.IMPLEMENTATION,
        where="model code",
        remedy="Model code must not write to file descriptors it did not open. Correct it and "
        "run again.",
        details=str(message)[:400],
    )

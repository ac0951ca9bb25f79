"""The front matter of a design as frozen values, with the contract's defaults.

A validator's ValueError reads "what is wrong; what to do"; `load` puts file and line before it.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator
from pydantic_core import PydanticKnownError

from assay.methods import METHODS, known_methods
from assay.methods.base import Settings

SHORTEST = 0.3  # of the least time expected: under it the protocol raises a red flag
NUMERIC = ("number", "integer")
MINUTES_REMEDY = "write [min, max] in minutes with 0 < min <= max, or auto"
ROWS_REMEDY = "write a whole number of at least 1, or [min, max]"

Name = Annotated[str, Field(min_length=1)]
Names = tuple[Name, ...]


def _known_method(value: Any) -> str:
    if not isinstance(value, str) or value not in METHODS:
        raise PydanticKnownError("literal_error", {"expected": known_methods()})
    return value


def _minutes(value: Any) -> tuple[float, float] | Literal["auto"]:
    if value == "auto":
        return "auto"
    try:
        least, most = (float(number) for number in value if not isinstance(value, (str, dict)))
    except (TypeError, ValueError):
        raise ValueError(f"it is no pair of numbers; {MINUTES_REMEDY}") from None
    if not 0 < least <= most:  # also refuses NaN
        raise ValueError(f"{least:g} to {most:g} is no span of time; {MINUTES_REMEDY}")
    return least, most


def _rows(value: Any) -> int | tuple[int, int]:
    if isinstance(value, (list, tuple)):
        if len(value) != 2:
            raise ValueError(f"it is no pair; {ROWS_REMEDY}")
        least, most = (_count(number) for number in value)
        if least > most:
            raise ValueError(f"{least} is more than {most}; {ROWS_REMEDY}")
        return least, most
    return _count(value)


def _count(value: Any) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = 0.0
    if not number.is_integer() or number < 1:
        raise ValueError(f"it is no number of rows; {ROWS_REMEDY}")
    return int(number)


class Expected(Settings):
    """What the director expects.

    Attributes:
        minutes: (min, max) wall minutes of the train job, or "auto": nothing expected.
        rows: rows of the results, exactly or (min, max); None: any number from one up.
    """

    minutes: Annotated[tuple[float, float] | Literal["auto"], BeforeValidator(_minutes)] = "auto"
    rows: Annotated[int | tuple[int, int], BeforeValidator(_rows)] | None = None

    @property
    def least_minutes(self) -> float | None:
        """Return the minutes under which a training raises the red flag; None if none are."""
        return None if self.minutes == "auto" else SHORTEST * self.minutes[0]

    @property
    def row_range(self) -> tuple[int, int] | None:
        """Return the least and the greatest number of rows; None if any is right."""
        return (self.rows, self.rows) if isinstance(self.rows, int) else self.rows


class Resources(Settings):
    """What a scheduler should reserve; None leaves it to the workflow."""

    threads: int | None = Field(default=None, ge=1)
    memory_mb: int | None = Field(default=None, ge=1)
    minutes: int | None = Field(default=None, ge=1)


class Column(Settings):
    """One column of the results.

    Attributes:
        type: `number` (finite), `integer` (whole), `string` (not empty) or `boolean`.
        min: least value allowed; 0 for numbers and integers unless the design says otherwise,
            None if it says null: negative values are meant.
        max: greatest value allowed; None for no bound.
    """

    type: Literal["string", "number", "integer", "boolean"]
    min: float | None = None
    max: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_negative_values_by_default(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("type") in NUMERIC:
            return {"min": 0, **data}
        return data

    @model_validator(mode="after")
    def _sensible_range(self) -> "Column":
        if self.type not in NUMERIC and not (self.min is None and self.max is None):
            raise ValueError(f"a {self.type} has no min or max; remove them")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(
                f"min {self.min:g} is above max {self.max:g}; correct one of them (min is 0 "
                "unless given; min: null allows negative values)"
            )
        return self

    @property
    def numeric(self) -> bool:
        """Return whether the column holds numbers."""
        return self.type in NUMERIC


class Results(Settings):
    """What the results table must look like.

    Attributes:
        key: columns that are unique together.
        columns: exactly these columns, in the order of the CSV.
        identities: comparisons that hold in every row (see `assay.design.comparisons`).
        intervals: columns of which each is at most the next (lower, point, upper).
        constant: columns that may have zero variance.
        given: columns copied from the inputs, not estimated.
    """

    key: Names = Field(min_length=1)
    columns: dict[Name, Column] = Field(min_length=1)
    identities: Names = ()
    intervals: tuple[Annotated[Names, Field(min_length=2)], ...] = ()
    constant: Names = ()
    given: Names = ()


class FrontMatter(Settings):
    """The blocks that mean the same for every method; the others are read by its settings."""

    model: int = Field(ge=1)
    title: Name
    method: Annotated[str, BeforeValidator(_known_method)]
    depends_on: tuple[Annotated[int, Field(ge=1)], ...] = ()
    expected: Expected = Expected()
    training: Any = None
    convergence: Any = None
    resources: Resources = Resources()
    results: Results
    emergency_fix: Any = None


class Design(FrontMatter):
    """A complete, checked design.

    Attributes:
        model: the model's number, as in the file name.
        title: a line for people.
        method: one of `assay.methods.METHODS`.
        depends_on: models whose published results this one reads.
        expected: time and rows.
        training: the method's `Training` settings.
        convergence: the method's `Convergence` settings, never looser than the protocol.
        resources: wishes to the scheduler.
        results: what the results table must look like.
        emergency_fix: training parameters of the one emergency fix; empty if none is offered.
    """

    training: SerializeAsAny[Settings]
    convergence: SerializeAsAny[Settings]
    emergency_fix: dict[str, Any] = Field(default_factory=dict)

    @property
    def emergency_training(self) -> Settings:
        """Return the training settings with the emergency fix applied."""
        return type(self.training).model_validate(
            {**self.training.model_dump(), **self.emergency_fix}
        )

    def front_matter(self) -> dict[str, Any]:
        """Return the front matter as plain JSON values, defaults filled in."""
        return self.model_dump(mode="json")

"""The configuration: one typed source; `python -m assay.core.config` prints its JSON schema."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from assay.core.errors import ConfigError

CONFIG_FILE = Path("config/config.yaml")
ALLOWED = {
    "workspace": "the path of a folder, as text",
    "models": "null for all, or a list of different positive whole numbers, such as [1, 3]",
    "workers": "a whole number of at least 1",
    "heartbeat_seconds": "a number of seconds above 0",
    "nonce": "text (in quotes, if it looks like a number with a point)",
    "phase_minutes": "[min, max] in minutes with 0 <= min <= max",
    "slow_after_hours": "a number of hours above 0",
    "stall_heartbeats": "a whole number of at least 1",
    "replay": "challenge, full or none",
    "trusted_keys": "null, or a list of files with public keys (PEM)",
}


def _no_bool(value: Any) -> Any:
    """Refuse true and false, which Python would take for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers")  # noqa: TRY004  (pydantic wants it)
    return value


def _listed(value: Any) -> Any:
    """Take `--config models=3` for a list of one."""
    return [value] if isinstance(value, int) else value


def _worded(value: Any) -> Any:
    """Take `--config nonce=2028` for text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Count = Annotated[int, Field(ge=1), BeforeValidator(_no_bool)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), BeforeValidator(_no_bool)]
Minutes = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(_no_bool)]


class Config(BaseModel):
    """Settings of a campaign; see `config/config.yaml` for what each one means."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Configuration of assay")

    workspace: str = Field("output", min_length=1, description="the folder with the models")
    models: Annotated[tuple[Count, ...], Field(min_length=1)] | None = Field(
        None, description="the models to train, with those they read; null trains all"
    )
    workers: Count = Field(5, description="workers among which the models are counted out")
    heartbeat_seconds: Positive = Field(60, description="seconds between two heartbeats")
    nonce: Annotated[str, BeforeValidator(_worded)] = Field(
        "", description="the director's word that goes into every seed"
    )
    phase_minutes: tuple[Minutes, Minutes] = Field(
        (0, 1440), description="expected [min, max] minutes of the phase, for the time tracker"
    )
    slow_after_hours: Positive = Field(24, description="hours after which training is slow")
    stall_heartbeats: Count = Field(
        10, description="heartbeats without progress after which training is reported as stalled"
    )
    replay: Literal["challenge", "full", "none"] = Field(
        "challenge", description="how much validation does again of runs over a minute"
    )
    trusted_keys: tuple[str, ...] = Field(
        (), description="public keys of which one must have signed; none: the workspace's own"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_the_command_line(cls, data: Any) -> Any:
        if isinstance(data, dict) and "models" in data:
            return {**data, "models": _listed(data["models"])}
        return data

    @model_validator(mode="after")
    def _consistent(self) -> "Config":
        if self.models is not None and len(set(self.models)) < len(self.models):
            raise ValueError("models")
        if self.phase_minutes[0] > self.phase_minutes[1]:
            raise ValueError("phase_minutes")
        return self


def load_config(settings: Mapping[str, Any]) -> Config:
    """Return the typed configuration; a key with nothing behind it counts as absent.

    Raises:
        ConfigError: names every key that is unknown or wrong, and what is allowed.
    """
    try:
        return Config.model_validate({k: v for k, v in settings.items() if v is not None})
    except ValidationError as error:
        lines = dict.fromkeys(_line(detail, settings) for detail in error.errors())
        raise ConfigError("\n".join(lines)) from error


def read_config(path: Path = CONFIG_FILE) -> Config:
    """Return the configuration of the project in whose folder we are; the defaults if it has none.

    Raises:
        ConfigError: the file is no YAML mapping, or a key is unknown or wrong.
    """
    if not path.exists():
        return load_config({})
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {error}") from error
    if not isinstance(settings, dict | None):
        raise ConfigError(f"{path}: write settings as `key: value`, one a line")
    return load_config(settings or {})


def schema_text() -> str:
    """Return the JSON schema of the configuration as it stands in `config/config.schema.json`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= Config.model_json_schema()
    return json.dumps(schema, indent=2) + "\n"


# Snakemake merges both before anything else sees them, so which of them it was is not known.
_PLACE = "correct it in config/config.yaml or after --config"


def _line(detail: ErrorDetails, settings: Mapping[str, Any]) -> str:
    # A finding about the whole names its key in its text.
    key = str(detail["loc"][0]) if detail["loc"] else str(detail["ctx"]["error"])
    if key not in ALLOWED:
        close = get_close_matches(key, list(ALLOWED), n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        known = f"known are {', '.join(ALLOWED)}"
        return f"{key}: there is no such setting; {hint}{known}; {_PLACE}"
    return f"{key}: {settings[key]!r} is not allowed; give {ALLOWED[key]}; {_PLACE}"


if __name__ == "__main__":
    print(schema_text(), end="")

"""What is asked of one training."""

from collections.abc import Callable
from dataclasses import dataclass

from assay.core.workspace import Workspace


@dataclass(frozen=True)
class Request:
    """What is asked of one training.

    Attributes:
        workspace: where the model lives.
        model: its number.
        trainer: the number N of the agent model_trainer{N} it counts for.
        cores: how many processes or threads it may keep busy.
        heartbeat_seconds: seconds between heartbeats.
        nonce: the director's word that goes into the seed.
        source: digest of assay's own source.
        problems: what planning found wrong with the model's place among the others.
        stop: returns why to stop, or nothing; asked about once a second.
        slow_after_hours: hours after which training is slow, whatever the design expects.
        stall_heartbeats: heartbeats without progress after which that is reported.
    """

    workspace: Workspace
    model: int
    trainer: int
    cores: int
    heartbeat_seconds: float
    nonce: str
    source: str
    problems: tuple[str, ...] = ()
    stop: Callable[[], str] = lambda: ""
    slow_after_hours: float = 24
    stall_heartbeats: int = 10

    @property
    def agent(self) -> str:
        """Return the agent's name in the time tracker."""
        return f"model_trainer{self.trainer}"

"""training_{i}.log: the training as people read it, UTF-8, written while it happens."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.files import write_text


class TrainingLog:
    """Appends time-stamped lines, each flushed, so that `tail -f` shows the present."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._stream = path.open("w+", encoding="utf-8", errors="replace")

    def line(self, text: str) -> None:
        """Write one line (or several, each stamped)."""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for part in text.splitlines() or [""]:
            self._stream.write(f"{stamp}  {part}\n")
        self._stream.flush()

    def model_output(self, text: str) -> None:
        """Write a line that the model's own code printed."""
        for part in text.splitlines() or [""]:
            self.line(f"model> {part}")

    def heartbeat(self, state: dict[str, Any]) -> None:
        """Write a heartbeat: how far, how much processor and memory, how long still."""
        done = "" if not state["of"] else f" {state['step']:,} of {state['of']:,}"
        metrics = "".join(f", {name} {value:.5g}" for name, value in state["metrics"].items())
        left = state["eta_seconds"]
        eta = "" if left is None else f", about {left:,.0f} s left"
        cpu = state["cpu_seconds"]["value"]
        memory = state["rss_bytes"]["value"] / 2**20
        self.line(
            f"{state['phase']}{done}{metrics}{eta}; processor {cpu:,.1f} s, memory {memory:,.0f} MB"
        )

    def close(self) -> None:
        """Close the file; put it back where it was removed meanwhile.

        Snakemake removes the outputs of a job that it starts. So does one that starts this
        training a second time, before it learns that the model is held.
        """
        with self._stream as stream:
            if not self._path.exists():
                stream.seek(0)
                write_text(self._path, stream.read())

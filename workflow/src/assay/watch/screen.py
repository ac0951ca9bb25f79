"""The live view: a table that fits the terminal, the newest log lines and events below it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, Group, OverflowMethod, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from assay.core.text import clock, line
from assay.watch.events import Event
from assay.watch.selection import select
from assay.watch.state import TROUBLED, ModelState, Snapshot, State
from assay.watch.words import (
    counted,
    doing,
    expected,
    memory,
    outlook,
    so_far,
    stamp,
    summary,
)

EVENTS, LOGS = 6, 6  # lines at most, where there is room
ROOM = 60  # models in a snapshot that is left standing
BAR = 10
GAP = 2
_STYLES = {
    State.APPROVED: "green",
    State.REJECTED: "bold red",
    State.FAILED: "bold red",
    State.UNREADABLE: "bold red",
    State.INTERRUPTED: "bold yellow",
    State.INVESTIGATE: "bold yellow",
    State.STRANDED: "yellow",
    State.WAITING: "dim",
    State.BLOCKED: "dim",
}


Cell = Callable[[ModelState], RenderableType]


@dataclass(frozen=True)
class _Column:
    """A column of the table.

    Attributes:
        head: its heading.
        width: signs it takes, at least.
        cell: what it shows of a model.
        grows: its share of the room that is left.
        right: numbers stand to the right.
    """

    head: str
    width: int
    cell: Cell
    grows: int = 0
    right: bool = False


# What a narrow terminal does without comes last.
_WANTED = (
    *("model", "state", "elapsed", "percent", "eta", "title", "measured", "bar"),
    *("memory", "expected", "cpu", "method"),
)


class Screen:
    """Lays a snapshot out for one console, whatever its size and signs."""

    def __init__(self, console: Console, name: str) -> None:
        self._console = console
        self._name = name
        self._ascii = console.options.ascii_only
        self._columns = {
            "model": _Column("#", 4, lambda model: str(model.model), right=True),
            "title": _Column("Model", 12, lambda model: self._text(model.title), grows=2),
            "method": _Column("Method", 10, lambda model: model.method),
            "state": _Column("State", 24, self._state),
            "bar": _Column("Progress", BAR, _bar),
            "percent": _Column("", 5, _percent, right=True),
            "elapsed": _Column("Elapsed", 8, _elapsed, right=True),
            "expected": _Column("Expected", 12, expected, right=True),
            "eta": _Column("ETA", 7, lambda model: clock(model.eta), right=True),
            "measured": _Column("So far", 28, self._measured, grows=3),
            "cpu": _Column("CPU", 8, lambda model: clock(model.cpu_seconds), right=True),
            "memory": _Column("Memory", 7, memory, right=True),
        }

    def live(self, snapshot: Snapshot, events: Sequence[Event]) -> RenderableType:
        """Return what fills the terminal: the models, their newest log lines, what happened.

        Args:
            snapshot: the campaign now.
            events: oldest first.
        """
        room = self._console.height - 4  # heading, table's heading, one line to spare
        logged = [model for model in snapshot.running if model.log]
        logs = min(LOGS, len(logged)) + 1 if logged else 0
        news = min(EVENTS, len(events)) + 1 if events else 0
        rows = min(len(snapshot.models), room // 2)  # log lines give way first, then events
        news = _worth(min(news, room - rows))
        logs = _worth(min(logs, room - news - min(len(snapshot.models), room - news)))
        parts = [self._table(snapshot, max(1, room - news - logs))]
        if logs:
            parts += ["", *(self._log(model) for model in logged[: logs - 1])]
        if news:
            parts += ["", *(self._event(event) for event in events[1 - news :])]
        return Group(*self._heading(snapshot), *parts)

    def still(self, snapshot: Snapshot) -> RenderableType:
        """Return a snapshot to be left standing."""
        return Group(*self._heading(snapshot), self._table(snapshot, ROOM))

    def _heading(self, snapshot: Snapshot) -> list[Text]:
        first = self._text(f"assay watch {self._name}", "bold")
        first.append(f"  {stamp(snapshot.at)}")
        second = self._text(summary(snapshot))
        if words := outlook(snapshot):
            second.append(f". {words}", style="bold" if snapshot.ended else "bold yellow")
        return [first, second]

    def _table(self, snapshot: Snapshot, room: int) -> RenderableType:
        shown, rest = select(snapshot.models, room)
        if rest:
            shown, rest = select(snapshot.models, room - 1)
        grid = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
        columns = self._fitting()
        for column, width in columns:
            grid.add_column(
                column.head,
                justify="right" if column.right else "left",
                no_wrap=True,
                overflow=self._overflow,
                width=width,
            )
        for model in shown:
            grid.add_row(*(column.cell(model) for column, _ in columns))
        if not rest:
            return grid
        return Group(grid, self._text(f"and {sum(rest.values()):,} more: {counted(rest)}", "dim"))

    def _fitting(self) -> list[tuple[_Column, int]]:
        """Return the columns that fit the terminal, in their order, and how wide they are."""
        chosen: set[str] = set()
        left = self._console.width + GAP  # nothing stands to the right of the last column
        for name in _WANTED:
            width = self._columns[name].width + GAP
            if width <= left or not chosen:
                chosen.add(name)
                left -= width
        columns = [column for name, column in self._columns.items() if name in chosen]
        shares = sum(column.grows for column in columns)
        room = max(0, left)
        return [(one, one.width + room * one.grows // max(1, shares)) for one in columns]

    def _state(self, model: ModelState) -> Text:
        return self._text(doing(model), _STYLES.get(model.state, "cyan"))

    def _measured(self, model: ModelState) -> Text:
        return self._text(so_far(model), "red" if model.state in TROUBLED else "")

    def _log(self, model: ModelState) -> Text:
        log = self._text(model.log)
        log.pad_left(2)
        number = f"{model.model:>4}"
        return Text.assemble(number, log, style="dim", no_wrap=True, overflow=self._overflow)

    def _event(self, event: Event) -> Text:
        text = f"{stamp(event.at)[11:]}  model {event.model}: {event.text}"
        return self._text(text, "red" if event.bad else "")

    def _text(self, text: str, style: str = "") -> Text:
        """Return one line of text that takes the room it seems to take."""
        text = line(text)
        if self._ascii:
            text = "".join(sign if sign.isascii() else "?" * cell_len(sign) for sign in text)
        return Text(text, style=style, no_wrap=True, overflow=self._overflow)

    @property
    def _overflow(self) -> OverflowMethod:
        return "crop" if self._ascii else "ellipsis"


def _worth(lines: int) -> int:
    """Return the lines of a block with an empty one before it; 0 if nothing would be in it."""
    return lines if lines > 1 else 0


def _bar(model: ModelState) -> RenderableType:
    if model.state is not State.TRAINING or model.step is None or not model.of:
        return ""
    return ProgressBar(total=model.of, completed=min(model.step, model.of), width=BAR)


def _percent(model: ModelState) -> str:
    if model.state is not State.TRAINING or model.step is None:
        return ""
    return f"{100 * min(model.step, model.of) // model.of} %" if model.of else f"{model.step:,}"


def _elapsed(model: ModelState) -> Text:
    return Text(clock(model.elapsed), style="bold yellow" if model.overdue else "")

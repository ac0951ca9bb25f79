"""`assay watch`: look, show, wait, until the campaign ends."""

import locale
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live

from assay.core.workspace import Workspace
from assay.watch import plain
from assay.watch.events import Event, events
from assay.watch.overview import CampaignWatcher
from assay.watch.screen import Screen
from assay.watch.state import Snapshot
from assay.watch.words import outlook

LEFT, NOT_ENDED = 130, 4
REFRESH_SECONDS = 1.0
SHARE = 0.1  # of a core that looking may take: a large campaign is looked at less often
LONGEST_SECONDS = 10.0
KEPT = 200  # events remembered for the screen
LISTED = 20  # models in trouble named at once, on coming and on leaving

Show = Callable[[Snapshot, Sequence[Event]], None]


@dataclass(frozen=True)
class Options:
    """What is asked of a watch.

    Attributes:
        models: the models wanted, with those they read; None takes all.
        every: minutes between status lines where there is no terminal.
        once: show what is now, and leave.
    """

    models: Sequence[int] | None = None
    every: float = 30.0
    once: bool = False


def watch(workspace: Workspace, options: Options) -> int:
    """Watch a campaign until it ends and return the exit status.

    That is the one of `assay validate`: 0 every model approved, 1 some are not, 3 some are to
    be investigated; 130 if interrupted before, 4 if asked for the moment only and it goes on.

    Raises:
        ConfigError: there is no such workspace or model.
    """
    campaign = CampaignWatcher(workspace, options.models)
    in_terminal = _in_terminal()
    if in_terminal and locale.getencoding().lower().replace("-", "") != "utf8":
        sys.stdout.reconfigure(encoding="ascii", errors="replace")  # type: ignore[union-attr]
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    screen = Screen(console, str(workspace.root))
    try:
        with _signals():
            if options.once:
                snapshot = campaign.look()
                _show_still(snapshot, console, screen, in_terminal=in_terminal)
                return snapshot.exit_status if snapshot.ended else NOT_ENDED
            if in_terminal:
                with _View(workspace, console, screen) as show:
                    return _follow(workspace, campaign, show).exit_status
            return _follow(workspace, campaign, _Lines(options.every)).exit_status
    except KeyboardInterrupt:
        print("assay: left; the campaign goes on without being watched", file=sys.stderr)
        return LEFT
    except _Ended as left:
        return left.status
    except BrokenPipeError:  # whoever read our lines has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return LEFT


class _View:
    """The live view: shows each snapshot, and leaves the last one standing."""

    def __init__(self, workspace: Workspace, console: Console, screen: Screen) -> None:
        self._workspace = workspace
        self._console = console
        self._screen = screen
        self._seen: list[Event] = []
        self._last: Snapshot | None = None
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Show:
        self._live.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        if self._last is None:
            return
        self._console.print(self._screen.still(self._last))
        for line in _troubles(self._last, self._workspace):
            self._console.print(line, soft_wrap=True)

    def _show(self, snapshot: Snapshot, news: Sequence[Event]) -> None:
        self._last = snapshot
        self._seen.extend(news)
        del self._seen[:-KEPT]
        self._live.update(self._screen.live(snapshot, self._seen), refresh=True)


class _Lines:
    """Plain lines: what happens at once, what runs every so many minutes."""

    def __init__(self, every: float) -> None:
        self._every = 60 * every
        self._due: float | None = None
        self._said = ""

    def __call__(self, snapshot: Snapshot, news: Sequence[Event]) -> None:
        first = self._due is None
        listed = news[:LISTED] if first else news
        lines = [*plain.event_lines(listed)]
        if len(listed) < len(news):
            lines.append(f"and {len(news) - len(listed):,} more models in trouble")
        said = outlook(snapshot)
        if self._due is None or time.monotonic() >= self._due:
            self._due = time.monotonic() + self._every
            lines += plain.status_lines(snapshot)
        elif said and said != self._said:
            lines.append(plain.head(snapshot))
        self._said = said
        if lines:
            print("\n".join(lines), flush=True)


def _follow(workspace: Workspace, campaign: CampaignWatcher, show: Show) -> Snapshot:
    """Look and show until the campaign has ended at two looks in a row; return the last."""
    before: Snapshot | None = None
    while True:
        began = time.process_time()  # a busy machine is no reason to look away
        snapshot = campaign.look()
        show(snapshot, events(before, snapshot, workspace))
        if snapshot.ended and before is not None and before.ended:
            return snapshot
        before = snapshot
        spent = time.process_time() - began
        time.sleep(min(max(REFRESH_SECONDS, spent / SHARE), LONGEST_SECONDS))


def _show_still(snapshot: Snapshot, console: Console, screen: Screen, *, in_terminal: bool) -> None:
    if in_terminal:
        console.print(screen.still(snapshot))
    else:
        print("\n".join(plain.snapshot_lines(snapshot)), flush=True)


def _troubles(snapshot: Snapshot, workspace: Workspace) -> Iterator[str]:
    """Yield what is wrong and where to read on."""
    wrong = events(None, snapshot, workspace)
    for event in wrong[:LISTED]:
        yield f"model {event.model}: {event.text}"
    if len(wrong) > LISTED:
        yield f"and {len(wrong) - LISTED:,} more; see {workspace.director_summary}"


def _in_terminal() -> bool:
    """Return whether a live view can be shown where our lines go."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


class _Ended(BaseException):
    """The system asks us to end: let the terminal be put in order first."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@contextmanager
def _signals() -> Iterator[None]:
    """Turn the signals that end a process into exceptions for the time of the block."""

    def end(number: int, _: object) -> None:
        raise _Ended(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

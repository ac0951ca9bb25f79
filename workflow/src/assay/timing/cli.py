"""The command line of the time tracker: start, end, validate, pause, resume and list."""

import argparse
import logging
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from assay.core.config import CONFIG_FILE, read_config
from assay.core.errors import ConfigError
from assay.core.workspace import Workspace
from assay.timing import tracker
from assay.timing.check import check_times
from assay.timing.log import Record, TimingError, set_aside
from assay.timing.table import times_table
from assay.timing.totals import Duration, describe, duration, durations


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 if `validate` refuses, 2 if the request is impossible."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    options = _parser().parse_args(arguments)
    log = options.log or Workspace(options.workspace).timing
    try:
        return int(options.run(options, log))
    except (TimingError, ConfigError) as error:
        print(f"time_tracker: {error}.", file=sys.stderr)
        return 2


def _start(options: argparse.Namespace, log: Path) -> int:
    record = tracker.start(log, *_key(options), rerun=options.rerun)
    attempt = f" (attempt {record.number})" if record.number > 1 else ""
    since = record.last.spans[0].start.stamp
    print(f"Started {describe(record.key)}{attempt} at {since}. Log: {log}")
    return 0


def _end(options: argparse.Namespace, log: Path) -> int:
    said = {"status": options.status, "output_path": options.output_path}
    record = tracker.end(log, *_key(options), **said)
    print(f"Ended {describe(record.key)}: {_minutes(record)}, status {options.status}.")
    return 0


def _pause(options: argparse.Namespace, log: Path) -> int:
    record = tracker.pause(log, *_key(options), reason=options.reason)
    print(f"Paused {describe(record.key)} after {_minutes(record)}.")
    return 0


def _resume(options: argparse.Namespace, log: Path) -> int:
    record = tracker.resume(log, *_key(options))
    print(f"Resumed {describe(record.key)} at {_minutes(record)}.")
    return 0


def _validate(options: argparse.Namespace, log: Path) -> int:
    least, most = _limits(options)
    if not 0 <= least <= most or math.isinf(least):
        raise TimingError(
            f"--min-minutes {least:g} and --max-minutes {most:g} are no range: "
            "the minimum is at least 0 and at most the maximum"
        )
    if not log.exists() and not set_aside(log):
        raise TimingError(f"there is no time log at {log}; name it with --workspace or --log")
    judgement = check_times(_chosen(options, log), least, most, set_aside(log))
    print("\n".join(judgement.sentences))
    return 0 if judgement.passed else 1


def _limits(options: argparse.Namespace) -> tuple[float, float]:
    given = (options.min_minutes, options.max_minutes)
    if None not in given:
        return given
    configured = read_config().phase_minutes
    least, most = (c if g is None else g for g, c in zip(given, configured, strict=True))
    return least, most


def _list(options: argparse.Namespace, log: Path) -> int:
    times = _chosen(options, log)
    print(times_table(times) if times else f"No time was measured yet in {log}.")
    for path in set_aside(log):
        print(f"A damaged log was set aside as {path}: times in it are not listed here.")
    return 0


def _chosen(options: argparse.Namespace, log: Path) -> list[Duration]:
    return [
        time
        for time in durations(log, options.phase)
        if options.agent in (None, time.agent) and options.model in (None, time.model)
    ]


def _key(options: argparse.Namespace) -> tuple[str, str, int | None]:
    return options.phase, options.agent, options.model


def _minutes(record: Record) -> str:
    total = duration(record)
    attempts = f" in {total.attempts} attempts" if total.attempts > 1 else ""
    wall = " (by the wall clock)" if total.clock == "wall" else ""
    return f"{total.minutes:.2f} minutes{attempts}{wall}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="time_tracker",
        description="Measures how long every agent spends on a phase, and on each of its models.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    start = _command(commands, "start", _start, "begin to measure")
    start.add_argument(
        "--rerun",
        action="store_true",
        help="time a further attempt; its minutes are added to the earlier ones",
    )
    end = _command(commands, "end", _end, "end the measurement")
    end.add_argument("--status", default="completed", help="how it ended [%(default)s]")
    end.add_argument("--output-path", default="", metavar="PATH", help="what was made")
    pause = _command(commands, "pause", _pause, "stop counting until resume")
    pause.add_argument("--reason", default="", help="why")
    _command(commands, "resume", _resume, "count again after a pause")
    validate = _command(commands, "validate", _validate, "compare with what is expected", some=True)
    for option in ("--min-minutes", "--max-minutes"):
        about = f"of each record [phase_minutes in {CONFIG_FILE}]"
        validate.add_argument(option, type=float, metavar="M", help=about)
    _command(commands, "list", _list, "show what was measured", any_phase=True, some=True)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: object,
    about: str,
    *,
    any_phase: bool = False,
    some: bool = False,
) -> argparse.ArgumentParser:
    """Add a command; with `any_phase` (`some`), --phase (--agent) only filters."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    parser.add_argument("--phase", required=not any_phase, help="such as 5")
    parser.add_argument("--agent", required=not some, help="such as model_trainer1")
    parser.add_argument("--model", type=int, metavar="I", help="number of the model")
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--workspace", type=Path, default=Path("output"), help="folder with the log [%(default)s]"
    )
    place.add_argument("--log", type=Path, metavar="FILE", help="the log itself")
    return parser

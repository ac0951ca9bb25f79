"""The command `assay`: judging and watching runs without Snakemake, deciding on emergency fixes."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assay.core.errors import AssayError, ConfigError

CANNOT_JUDGE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except AssayError as error:
        print(f"assay: {error}", file=sys.stderr)
        return CANNOT_JUDGE
    except KeyboardInterrupt:
        print("assay: interrupted", file=sys.stderr)
        return INTERRUPTED


def _validate(options: argparse.Namespace) -> int:
    from assay.core.workspace import Workspace
    from assay.documents.verdict import verdict_lines
    from assay.evidence.verdict_file import verdict_file
    from assay.validation.case import Options
    from assay.validation.workspace import exit_status, validate_workspace

    asked = Options(
        replay=options.replay,
        trusted_keys=tuple(options.trusted_key),
        nonce=options.nonce,
        frozen=options.frozen,
        heartbeat_seconds=_heartbeat_seconds(),
        cores=options.cores,
    )
    verdicts = []
    try:
        for verdict in validate_workspace(Workspace(options.workspace), options.model, asked):
            verdicts.append(verdict)
            if not options.json:
                print("\n".join(verdict_lines(verdict)), flush=True)
    finally:  # what was judged is said, even if a broken design then ends it
        if options.json:
            records = [verdict_file(verdict, {}).model_dump(mode="json") for verdict in verdicts]
            print(json.dumps(records, indent=1, ensure_ascii=False))
    return exit_status(verdicts)


def _heartbeat_seconds() -> float | None:
    """Return the project's heartbeat if we are in a project's folder; None if not."""
    from assay.core.config import CONFIG_FILE, read_config

    try:
        return read_config().heartbeat_seconds if CONFIG_FILE.exists() else None
    except ConfigError:  # the configuration of something else
        return None


def _freeze(options: argparse.Namespace) -> int:
    from assay.core.workspace import Workspace
    from assay.validation.workspace import frozen_inputs

    frozen = frozen_inputs(Workspace(options.workspace))
    print(json.dumps(frozen, indent=1, ensure_ascii=False))
    return 0


def _approve(options: argparse.Namespace) -> int:
    from assay.commands.decide import approve_fix

    print(approve_fix(options.workspace, options.model, _by(options), options.reason))
    return 0


def _reject(options: argparse.Namespace) -> int:
    from assay.commands.decide import reject_fix

    print(reject_fix(options.workspace, options.model, _by(options), options.reason))
    return 0


def _by(options: argparse.Namespace) -> str:
    """Return who decides: as given, or the user of this account."""
    try:
        return options.by or getpass.getuser()
    except (OSError, KeyError):
        return "the director"


def _watch(options: argparse.Namespace) -> int:
    from assay.commands.watch import Options, watch
    from assay.core.workspace import Workspace

    asked = Options(models=options.model, every=options.every, once=options.once)
    return watch(Workspace(options.workspace), asked)


def _minutes(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of minutes above 0")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="assay", description="Shows whether results are real.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _validation(commands)
    _watching(commands)
    freeze = commands.add_parser(
        "freeze",
        help="print the hashes of all inputs",
        description="Prints the hashes of every model's design, code and features, as JSON. Keep "
        "it, and only then choose the nonce: nobody can have shopped for a lucky seed.",
    )
    freeze.set_defaults(run=_freeze)
    freeze.add_argument("workspace", type=Path, help="folder with the models")
    _decision(commands, "approve", _approve, "let results of an emergency fix stand")
    _decision(commands, "reject", _reject, "withdraw what an emergency fix led to, for good")
    return parser


def _validation(commands: Any) -> None:
    validate = commands.add_parser(
        "validate",
        help="decide from inputs, results and evidence whether runs are genuine",
        description="Recomputes what a workspace claims. Exit status: 0 all approved, 1 some "
        "rejected, 3 some to investigate, 2 it could not judge, 130 left with Ctrl-C.",
    )
    validate.set_defaults(run=_validate)
    validate.add_argument("workspace", type=Path, help="folder with the models")
    validate.add_argument(
        "--model", type=int, action="append", metavar="I", help="only this one (may be repeated)"
    )
    validate.add_argument(
        "--replay",
        choices=("challenge", "full", "none"),
        default="challenge",
        help="do again a part chosen now, everything, or nothing [%(default)s]",
    )
    validate.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    validate.add_argument(
        "--trusted-key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="public key (PEM) that must have signed; the workspace's own if not given",
    )
    validate.add_argument("--nonce", metavar="N", help="the nonce that must be in every seed")
    validate.add_argument(
        "--frozen", type=Path, metavar="FILE", help="hashes of the inputs, from assay freeze"
    )
    validate.add_argument(
        "--cores", type=int, default=1, metavar="N", help="cores for a replay [%(default)s]"
    )


def _watching(commands: Any) -> None:
    watching = commands.add_parser(
        "watch",
        help="follow a campaign until it ends",
        description="Shows what every model is doing, live in a terminal, else as plain lines: "
        "what happens at once, and a status line for each running model now and then. Only reads; "
        "comes and goes at any time (Ctrl-C). Exit status: that of assay validate by the verdicts "
        "that were written (0 all approved, 1 some not, 3 some to investigate, 2 no such "
        "workspace); 130 if left with Ctrl-C; 4 with --once if the campaign has not ended.",
    )
    watching.set_defaults(run=_watch)
    watching.add_argument("workspace", type=Path, help="folder with the models")
    watching.add_argument(
        "--model", type=int, action="append", metavar="I", help="only this one (may be repeated)"
    )
    watching.add_argument(
        "--every",
        type=_minutes,
        default=30.0,
        metavar="MINUTES",
        help="between status lines where there is no terminal [30]",
    )
    watching.add_argument("--once", action="store_true", help="show the present and leave")


def _decision(commands: Any, name: str, run: Callable[..., int], words: str) -> None:
    command = commands.add_parser(name, help=words, description=f"{words.capitalize()}.")
    command.set_defaults(run=run)
    command.add_argument("model", type=int, metavar="MODEL", help="number of the model")
    command.add_argument(
        "--workspace", type=Path, metavar="PATH", help="folder with the models [as configured]"
    )
    command.add_argument("--by", default="", metavar="NAME", help="who decides [this account]")
    command.add_argument("--reason", default="", metavar="TEXT", help="why")


if __name__ == "__main__":
    sys.exit(main())

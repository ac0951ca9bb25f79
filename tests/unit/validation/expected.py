"""Findings as tests expect them, in the form in which `cases.told` gives what was found."""

from cases import EVIDENCE

Told = tuple[str, str, bool, str | None, str | None]


def passed(check: str) -> list[Told]:
    """Return that all is well."""
    return [(check, "pass", False, None, None)]


def failed(check: str, flag: str | None = None, *, action: str | None = None) -> list[Told]:
    """Return a refusal, with its red flag or an action of its own."""
    return [(check, "fail", False, action, flag)]


def doubted(check: str) -> Told:
    """Return a doubt, which keeps from approval."""
    return (check, "warn", True, None, None)


def noted(check: str) -> Told:
    """Return a remark."""
    return (check, "warn", False, None, None)


def below(name: str) -> str:
    """Return the name of a file of the evidence below the workspace."""
    return (EVIDENCE / name).as_posix()

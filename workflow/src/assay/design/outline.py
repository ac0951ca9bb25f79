"""The outline of a design: the few lines that planning needs, read in microseconds.

Planning a campaign reads thousands of designs, each time a Snakefile is parsed. So the usual
ways to write the five keys are recognised with regular expressions, and anything else is left to
the YAML parser, which is imported only then. Both ways say the same; a test compares them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.methods import METHODS

DESIGN_NAME = re.compile(r"model_design_([1-9][0-9]*)\.md")
RESOURCES = ("threads", "memory_mb", "minutes")
FIRST_READ = 16_384  # bytes: more than most front matter

_FIELD = re.compile(
    r"^(model|title|method|depends_on|resources):(?:[ \t]+([^\n]*))?$", re.MULTILINE
)
# A line that is no `key:`, list item, comment, indented or empty line: for the parser.
_ODD = re.compile(r"^(?!\w+:(?:[ \t]|$)|-[ \t]|[ \t#]|$)", re.MULTILINE)
_GOES_ON = re.compile(r"\n(?:[ \t]*\n)*[ \t]+[^\s#]")
_COMMENT = re.compile(r"(?:^|[ \t]+)#.*$")
_FLOW_LIST = re.compile(r"\[[ \t]*(?:\d+[ \t]*(?:,[ \t]*\d+[ \t]*)*)?\]")
_FLOW_MAP = re.compile(r"\{[ \t]*(?:\w+:[ \t]+\d+[ \t]*(?:,[ \t]*\w+:[ \t]+\d+[ \t]*)*)?\}")
_FLOW_PAIR = re.compile(r"(\w+):[ \t]+(\d+)")
_END = r"(?=\n\w|\n?\Z)"
_BLOCK_LIST = re.compile(rf"(?:\n[ \t]*(?:-[ \t]+\d+[ \t]*(?:[ \t]#.*)?|#.*)?)*{_END}")
_BLOCK_MAP = re.compile(rf"(?:\n(?:[ \t]+\w+:[ \t]+\d+[ \t]*(?:[ \t]#.*)?|[ \t]*#.*)?)*{_END}")
_ITEM = re.compile(r"\n[ \t]*-[ \t]+(\d+)")
_PAIR = re.compile(r"\n[ \t]+(\w+):[ \t]+(\d+)")
_QUOTED = re.compile(r"\"([^\"\\]*)\"|'([^']*)'")
_PLAIN = re.compile(r"\w(?:[^:#\t]|:(?=[^\s:])|(?<=[^ ])#)*")

Texts = dict[str, Any]


class _Unusual(Exception):  # noqa: N818  (the way from the fast reading to the parser)
    """The front matter is written in a way that the fast reading does not know."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What planning needs of a design.

    Attributes:
        model: the number in the file name; 0 if there is none.
        title, method: as the design says; empty if unknown.
        depends_on: models whose published results this one reads.
        resources: threads, memory_mb and minutes, those that the design gives.
        broken: one of these could not be understood; then depends_on is empty. The other
            blocks are not looked at: only `load_design` says that a design is right.
    """

    model: int
    title: str = ""
    method: str = ""
    depends_on: tuple[int, ...] = ()
    resources: Mapping[str, int] = field(default_factory=dict)
    broken: bool = False


def outline(path: Path) -> Outline:
    """Read the outline of a design; a broken one is marked as such, never an error."""
    name = DESIGN_NAME.fullmatch(path.name)
    number = int(name[1]) if name else 0
    try:
        text = _front_matter(path)
        try:
            fields = _read_fast(text)
        except _Unusual:
            fields = _read_slowly(text)
    except (OSError, ValueError):
        return Outline(number, broken=True)
    return _make(number, fields)


def _front_matter(path: Path) -> str:
    """Return the front matter; only what follows an unusual beginning costs a second look.

    Raises:
        ValueError: there is none.
        OSError: the file cannot be read.
    """
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123  (half the time of Path.open)
        content = stream.read(FIRST_READ)
        if content.startswith(b"---\n") and b"\r" not in content:
            end = content.find(b"\n---\n", 3)
            if end >= 0:
                return content[4 : end + 1].decode("utf-8")
        content += stream.read()
    from assay.design.frontmatter import Unreadable, front_matter_text

    try:
        return front_matter_text(content)
    except Unreadable as error:
        raise ValueError(str(error)) from error


def _read_fast(text: str) -> Texts:
    if _ODD.search(text) or "\t" in text:
        raise _Unusual
    fields: Texts = {}
    for match in _FIELD.finditer(text):
        key, value = match.groups()
        if key in fields:
            raise _Unusual
        value = value.strip() if value else ""
        if key == "depends_on":
            fields[key] = _fast_list(value, text, match.end())
        elif key == "resources":
            fields[key] = _fast_map(value, text, match.end())
        elif _GOES_ON.match(text, match.end()):
            raise _Unusual
        else:
            fields[key] = _fast_text(value)
    if "model" not in fields:
        raise _Unusual
    return fields


def _fast_text(value: str) -> str:
    quoted = _QUOTED.match(value)
    if quoted and not _COMMENT.sub("", value[quoted.end() :]).strip():
        return str(quoted[1] if quoted[1] is not None else quoted[2])
    value = _COMMENT.sub("", value)
    if not _PLAIN.fullmatch(value) or value in ("null", "Null", "NULL"):
        raise _Unusual
    return value


def _fast_list(value: str, text: str, end: int) -> list[str]:
    value = _COMMENT.sub("", value)
    if value:
        if not _FLOW_LIST.fullmatch(value) or _GOES_ON.match(text, end):
            raise _Unusual
        return re.findall(r"\d+", value)
    block = _BLOCK_LIST.match(text, end)
    if block is None:
        raise _Unusual
    return _ITEM.findall(block[0])


def _fast_map(value: str, text: str, end: int) -> dict[str, str]:
    value = _COMMENT.sub("", value)
    if value:
        if not _FLOW_MAP.fullmatch(value) or _GOES_ON.match(text, end):
            raise _Unusual
        return dict(_FLOW_PAIR.findall(value))
    block = _BLOCK_MAP.match(text, end)
    if block is None:
        raise _Unusual
    return dict(_PAIR.findall(block[0]))


def _read_slowly(text: str) -> Texts:
    """Read the fields with the YAML parser.

    Raises:
        ValueError: it is not YAML, or has flaws such as a key that stands twice.
    """
    from assay.design.frontmatter import Unreadable, read_tree

    try:
        tree, flaws = read_tree(text)
    except Unreadable as error:
        raise ValueError(str(error)) from error
    if flaws:
        raise ValueError(flaws[0].what)
    fields: Texts = tree.values()
    texts: Texts = tree.texts()
    fields.update((key, texts[key]) for key in ("title", "method") if key in texts)
    return {key: value for key, value in fields.items() if value is not None}


def _make(number: int, fields: Texts) -> Outline:
    try:
        depends_on = tuple(_whole(item) for item in fields.get("depends_on", ()))
        resources = {
            key: _whole(value)
            for key, value in dict(fields.get("resources", {})).items()
            if value is not None
        }
        right = (
            _whole(fields["model"]) == number
            and fields["method"] in METHODS
            and len(set(depends_on)) == len(depends_on)
            and number not in depends_on
            and not isinstance(fields.get("depends_on", ()), (str, dict))
            and resources.keys() <= set(RESOURCES)
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        right = False
    title, method = (fields.get(key, "") for key in ("title", "method"))
    title = title if isinstance(title, str) else ""
    method = method if isinstance(method, str) and method in METHODS else ""
    if not right:
        return Outline(number, title, method, broken=True)
    return Outline(number, title, method, depends_on, resources)


def _whole(value: Any) -> int:
    """Return a positive whole number, written in any way that `load_design` accepts.

    Raises:
        TypeError, ValueError, OverflowError: it is none.
    """
    number = int(value) if isinstance(value, str) else value
    if number != int(number) or number < 1:
        raise ValueError(value)
    return int(number)

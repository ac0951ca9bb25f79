"""Front matter as a tree whose nodes know their lines.

Scalars stay text until a field says what it wants, so that what people write means what it
looks like: `1e-8` is a number where one is wanted (YAML 1.1 says text), and a column may be
called `no` or 2020 (YAML 1.1 says false and a number). Built from the parser's events, so
nothing is ever constructed from tags.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FIRST_LINE = 2  # the front matter's first line in the file, after the opening ---
NULLS = ("", "~", "null", "Null", "NULL")
MOST_LEVELS = 40
MOST_NODES = 100_000
_END = re.compile(rb"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_DIGITS = "[0-9]+(?:_[0-9]+)*"
_INTEGER = re.compile(rf"[-+]?{_DIGITS}")
_FLOAT = re.compile(rf"[-+]?(?:{_DIGITS}\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")
_TAGS = (*_TEXT_TAGS, *(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "seq", "map")))


@dataclass(frozen=True)
class Flaw:
    """Something wrong in the text itself: line in the file, key, what and remedy."""

    line: int
    key: str
    what: str
    remedy: str


class Unreadable(Exception):  # noqa: N818  (a way out with the flaw, caught in this package)
    """The front matter cannot be read at all."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.flaw = Flaw(line, "front matter", what, remedy)


@dataclass(frozen=True)
class Node:
    """A scalar (`text`, None if null), a list (`items`) or a mapping (`entries`).

    Attributes:
        line: line in the file, from 1.
        text: what a scalar says.
        plain: the scalar was written without quotes.
        items: the nodes of a list.
        entries: line of the key and node, by key, of a mapping.
        size: number of nodes in this one, itself included.
    """

    line: int
    text: str | None = None
    plain: bool = False
    items: tuple["Node", ...] | None = None
    entries: dict[str, tuple[int, "Node"]] | None = None
    size: int = 1

    def texts(self) -> Any:
        """Return dicts and lists of text, None for null."""
        if self.entries is not None:
            return {key: node.texts() for key, (_, node) in self.entries.items()}
        if self.items is not None:
            return [node.texts() for node in self.items]
        return self.text

    def values(self) -> Any:
        """Return dicts and lists in which unquoted numbers are numbers, the rest is text."""
        if self.entries is not None:
            return {key: node.values() for key, (_, node) in self.entries.items()}
        if self.items is not None:
            return [node.values() for node in self.items]
        if not self.plain or self.text is None:
            return self.text
        if _INTEGER.fullmatch(self.text) and len(self.text) < 1000:
            return int(self.text)
        return float(self.text) if _FLOAT.fullmatch(self.text) else self.text

    def line_of(self, location: tuple[str | int, ...]) -> int:
        """Return the line of the key or item at `location`, or of the nearest thing around it."""
        node, line = self, self.line
        for part in location:
            if node.entries is not None and part in node.entries:
                line, node = node.entries[str(part)]
            elif node.items is not None and isinstance(part, int) and part < len(node.items):
                node = node.items[part]
                line = node.line
            else:
                break
        return line


def front_matter_text(content: bytes) -> str:
    """Return what stands between the opening `---` and the next, line ends being LF.

    Raises:
        Unreadable: there is no front matter, it does not end, or it is not UTF-8.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    opening, newline, rest = content.partition(b"\n")
    if opening.rstrip() != b"---" or not newline:
        raise Unreadable(
            1, "the design has no front matter", "let the first line be --- and write it below"
        )
    end = _END.search(rest)
    if end is None:
        raise Unreadable(1, "the front matter does not end", "close it with a line of its own: ---")
    try:
        return rest[: end.start()].decode("utf-8")
    except UnicodeDecodeError as error:
        line = FIRST_LINE + rest.count(b"\n", 0, error.start)
        raise Unreadable(line, "the text is not UTF-8", "save the file as UTF-8") from error


def read_tree(text: str) -> tuple[Node, list[Flaw]]:
    """Return the tree of a front matter and what is wrong with its keys, tags and aliases.

    Raises:
        Unreadable: it is not YAML, or no mapping.
    """
    builder = _Builder()
    try:
        root = builder.build_document(text)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text) from error
    if root is None or root.entries is None:
        line = FIRST_LINE if root is None else root.line
        raise Unreadable(line, "it is no mapping", "write lines such as `model: 1`")
    return root, builder.flaws


@dataclass
class _Builder:
    """Builds nodes from the parser's events."""

    flaws: list[Flaw] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)

    def build_document(self, text: str) -> Node | None:
        """Return the root of the one document, or None if it is empty."""
        events: Iterator[Any] = iter(yaml.parse(text, Loader=LOADER))
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise Unreadable(
                        _line(event),
                        "a second YAML document begins here",
                        "close the front matter with --- alone on its line",
                    )
                root = self._build(next(events), events, "", 0)
        return root

    def _build(self, event: Any, events: Iterator[Any], key: str, level: int) -> Node:
        line = _line(event)
        if level > MOST_LEVELS:
            raise Unreadable(line, "it is nested too deeply", "write it flatter")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, key, line)
        if event.tag not in _TAGS:
            self._flaw(line, key, f"the tag {event.tag} is not allowed", "remove it")
        if isinstance(event, yaml.ScalarEvent):
            node = _scalar(event, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(events, key, level, line)
        else:
            node = self._mapping(events, key, level, line)
        if node.size > MOST_NODES:
            raise Unreadable(line, "it is too large", "write less, or use fewer aliases")
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _sequence(self, events: Iterator[Any], key: str, level: int, line: int) -> Node:
        items: list[Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._build(event, events, key, level + 1))
        return Node(line, items=tuple(items), size=1 + sum(item.size for item in items))

    def _mapping(self, events: Iterator[Any], key: str, level: int, line: int) -> Node:
        entries: dict[str, tuple[int, Node]] = {}
        size = 1
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key_node = self._build(event, events, key, level + 1)
            name = self._key(key_node, key)
            path = f"{key}.{name}" if key else name
            value = self._build(next(events), events, path, level + 1)
            size += 1 + value.size
            if name in entries:
                first = entries[name][0]
                self._flaw(
                    key_node.line, path, f"it stands twice, first in line {first}", "keep one"
                )
            else:
                entries[name] = (key_node.line, value)
        return Node(line, entries=entries, size=size)

    def _key(self, node: Node, around: str) -> str:
        if node.entries is not None or node.items is not None:
            self._flaw(node.line, around, "a key is no single word", "write `key: value`")
            return "?"
        name = node.text if node.text is not None else "null"
        if name == "<<" and node.plain:
            self._flaw(node.line, around, "merge keys (<<) are not read", "write the keys out")
        return name

    def _alias(self, event: Any, key: str, line: int) -> Node:
        if event.anchor in self.anchors:
            return self.anchors[event.anchor]
        self._flaw(line, key, f"*{event.anchor} refers to nothing above it", "write it out")
        return Node(line)

    def _flaw(self, line: int, key: str, what: str, remedy: str) -> None:
        self.flaws.append(Flaw(line, key or "front matter", what, remedy))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + FIRST_LINE


def _scalar(event: Any, line: int) -> Node:
    plain = bool(event.implicit[0]) or event.tag not in _TEXT_TAGS
    if plain and event.value in NULLS:
        return Node(line, plain=True)
    return Node(line, text=event.value, plain=plain)


def _not_yaml(error: yaml.YAMLError, text: str) -> Unreadable:
    """Put the parser's complaint into words, with a remedy for the frequent ones."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    before = text[: getattr(error, "position", 0)]
    line = (mark.line if mark is not None else before.count("\n")) + FIRST_LINE
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unknown character"
    remedies = {
        "mapping values are not allowed": "put text that holds ': ' into quotes, and check the "
        "indentation",
        "cannot start any token": "indent with spaces, not tabs, and put text that begins with "
        "@, ` or % into quotes",
        "could not find expected ':'": "write `key: value`, with the colon",
    }
    found = (remedy for complaint, remedy in remedies.items() if complaint in what)
    fallback = "check brackets, quotes and indentation at this line"
    return Unreadable(line, f"it is not YAML: {what}", next(found, fallback))

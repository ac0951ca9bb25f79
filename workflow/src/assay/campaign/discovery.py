"""Which models there are, which read which, and in what order they can be trained.

Light on purpose: it runs whenever a Snakefile is parsed. Everything about cycles is iterative,
so that a chain of thousands of models meets no recursion limit.
"""

import heapq
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import ConfigError
from assay.core.workspace import Workspace
from assay.design.outline import DESIGN_NAME, Outline, outline

NO_MODEL = 0  # the key under which problems stand that belong to no model
_ALMOST_DESIGN = re.compile(r"model_?design.*\.md", re.IGNORECASE)
_NUMBER = re.compile(r"model_?design_?0*([1-9][0-9]*)\.md", re.IGNORECASE)
_SHOWN = 8  # models of a cycle named in a message

Edges = Mapping[int, tuple[int, ...]]


class Upstream(Mapping[int, tuple[int, ...]]):
    """For each model all that it reads, directly or not, sorted; computed when asked for."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges

    def __getitem__(self, model: int) -> tuple[int, ...]:
        """Return the models upstream of a model, without itself."""
        return tuple(sorted(reachable(self._edges[model], self._edges)))

    def __iter__(self) -> Iterator[int]:
        """Iterate over the models."""
        return iter(self._edges)

    def __len__(self) -> int:
        """Return the number of models."""
        return len(self._edges)


@dataclass(frozen=True)
class Campaign:
    """The models of a campaign and how they depend on each other.

    Attributes:
        models: their numbers, rising.
        outlines: the outline of each.
        depends_on: the models whose results each one reads. Only usable edges: those to a
            missing model and those of a model in a cycle are dropped, and `problems` says so.
        upstream: the same, transitively.
        order: the models such that each stands behind those it reads.
        problems: what is wrong with a model's place among the others, by model; under 0 what
            belongs to none, such as a design whose file name has no number.
        ranks: the position of each model, from 1, among all designs of the workspace.
    """

    models: tuple[int, ...]
    outlines: Mapping[int, Outline]
    depends_on: Edges
    upstream: Mapping[int, tuple[int, ...]]
    order: tuple[int, ...]
    problems: Mapping[int, tuple[str, ...]]
    ranks: Mapping[int, int]


def discover(workspace: Workspace, only: Iterable[int] | None = None) -> Campaign:
    """Return the campaign of a workspace.

    Args:
        workspace: where the designs are.
        only: the models wanted; those whose results they read, directly or not, come with
            them. None takes every model.

    Raises:
        ConfigError: `only` names models that have no design.
    """
    wanted = None if only is None else frozenset(only)
    numbers, stray = _designs(workspace, wanted)
    ranks = {model: rank for rank, model in enumerate(numbers, start=1)}
    outlines = _outlines(workspace, numbers, wanted)
    models = tuple(sorted(outlines))
    edges = {
        model: tuple(up for up in outlines[model].depends_on if up in outlines) for model in models
    }
    problems: dict[int, list[str]] = {NO_MODEL: stray} if stray else {}
    for model in models:
        for up in outlines[model].depends_on:
            if up not in outlines:
                problems.setdefault(model, []).append(_missing(workspace, model, up))
    for cycle in _cycles(edges):
        members = _around(cycle, edges)
        for model in cycle:
            problems.setdefault(model, []).append(_cyclic(workspace, model, members, edges))
            edges[model] = ()
    return Campaign(
        models=models,
        outlines=outlines,
        depends_on=edges,
        upstream=Upstream(edges),
        order=_order(edges),
        problems={model: tuple(texts) for model, texts in sorted(problems.items())},
        ranks=ranks,
    )


def trainer_number(campaign: Campaign, model: int, workers: int) -> int:
    """Return the number N of the worker that a model counts for: 1 + (rank - 1) mod `workers`.

    The rank is the model's position among all designs of the workspace, selected or not, so
    that training a subset changes no model's worker.
    """
    return 1 + (campaign.ranks[model] - 1) % workers


def reachable(start: Iterable[int], edges: Edges) -> set[int]:
    """Return the models that can be reached from `start` along the edges, `start` included."""
    found: set[int] = set()
    waiting = list(start)
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting.extend(edges.get(model, ()))
    return found


def _designs(workspace: Workspace, wanted: frozenset[int] | None) -> tuple[list[int], list[str]]:
    """Return the numbers of all designs and the problems of files that are almost designs."""
    folder = workspace.design(1).parent
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  (pathlib takes three times as long)
    except OSError:
        names = []
    numbers, stray = [], []
    for name in names:
        match = DESIGN_NAME.fullmatch(name)
        if match is not None:
            numbers.append(int(match[1]))
        elif _ALMOST_DESIGN.fullmatch(name) and _concerns(name, wanted):
            stray.append(
                f"{folder / name}:1: file: its name is not model_design_N.md with N = 1, 2, ... "
                "(no leading zeros), so it is no model; rename it or move it away"
            )
    if not numbers and not stray:
        what = f"there is no design in {folder}; write model_design_1.md there"
        stray = [f"{folder}:1: file: {what}"]
    if wanted is not None and (missing := sorted(wanted - set(numbers))):
        listed = ", ".join(map(str, missing))
        raise ConfigError(
            f"models: there is no design of model {listed} in {folder}; write "
            f"{workspace.design(missing[0]).name} or name only models that are there"
        )
    return sorted(numbers), stray


def _concerns(name: str, wanted: frozenset[int] | None) -> bool:
    number = _NUMBER.fullmatch(name)
    return wanted is None or (number is not None and int(number[1]) in wanted)


def _outlines(
    workspace: Workspace, numbers: list[int], wanted: frozenset[int] | None
) -> dict[int, Outline]:
    """Return the outlines of the wanted models and of all that they read."""
    existing = frozenset(numbers)
    waiting = list(numbers if wanted is None else sorted(wanted))
    found: dict[int, Outline] = {}
    while waiting:
        model = waiting.pop()
        if model not in found:
            found[model] = outline(workspace.design(model))
            waiting.extend(up for up in found[model].depends_on if up in existing)
    return dict(sorted(found.items()))


def _missing(workspace: Workspace, model: int, missing: int) -> str:
    path = workspace.design(model)
    return (
        f"{path}:{_line(path, missing)}: depends_on: model {model} reads the results of model "
        f"{missing}, which has no design; write {workspace.design(missing)} or remove {missing}"
    )


def _cyclic(workspace: Workspace, model: int, around: list[int], edges: Edges) -> str:
    path = workspace.design(model)
    inside = next((up for up in edges[model] if up in around), around[0])
    shown = [str(number) for number in around[:_SHOWN]]
    if len(around) > _SHOWN:
        shown.append(f"... ({len(around)} models)")
    circle = " -> ".join([*shown, str(around[0])])
    return (
        f"{path}:{_line(path, inside)}: depends_on: model {model} is in a cycle of models that "
        f"read each other's results ({circle}); remove one of these dependencies"
    )


def _line(path: Path, number: int) -> int:
    """Return the line where a design's depends_on names a model; 1 if it cannot be found."""
    from assay.design.frontmatter import Unreadable, front_matter_text, read_tree

    try:
        tree, _ = read_tree(front_matter_text(path.read_bytes()))
    except (OSError, Unreadable):
        return 1
    items = tree.texts().get("depends_on")
    place = items.index(str(number)) if isinstance(items, list) and str(number) in items else 0
    return tree.line_of(("depends_on", place))


def _order(edges: Edges) -> tuple[int, ...]:
    """Return the models of a graph such that each stands behind those it reads (Kahn 1962).

    Where several are possible, the one with the smallest number comes first. Models in a cycle,
    and those behind one, are left out.
    """
    waits = {model: len(upstream) for model, upstream in edges.items()}
    readers: dict[int, list[int]] = {model: [] for model in edges}
    for model, upstream in edges.items():
        for up in upstream:
            readers[up].append(model)
    ready = [model for model, count in waits.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        model = heapq.heappop(ready)
        order.append(model)
        for reader in readers[model]:
            waits[reader] -= 1
            if waits[reader] == 0:
                heapq.heappush(ready, reader)
    return tuple(order)


def _cycles(edges: Edges) -> list[list[int]]:
    """Return the groups of models that read each other (strongly connected components).

    Tarjan, Depth-first search and linear graph algorithms (1972), with a stack of its own.
    """
    left = edges.keys() - set(_order(edges))  # in most campaigns empty, and then all is done
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: dict[int, None] = {}
    found = []
    for root in sorted(left):
        work = [] if root in index else [(root, iter(edges[root]))]
        while work:
            model, upstream = work[-1]
            if model not in index:
                index[model] = low[model] = len(index)
                open_[model] = None
            nearest = next((up for up in upstream if up in left and _steps(up, index, open_)), None)
            if nearest is not None and nearest not in index:
                work.append((nearest, iter(edges[nearest])))
                continue
            if nearest is not None:
                low[model] = min(low[model], index[nearest])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[model])
            if low[model] == index[model]:
                found.append(_close(model, open_))
    return [sorted(group) for group in found if len(group) > 1 or group[0] in edges[group[0]]]


def _steps(up: int, index: Mapping[int, int], open_: Mapping[int, None]) -> bool:
    """Return whether an edge to `up` matters: it is new, or part of a component still open."""
    return up not in index or up in open_


def _close(root: int, open_: dict[int, None]) -> list[int]:
    group: list[int] = []
    while not group or group[-1] != root:
        group.append(open_.popitem()[0])
    return group


def _around(group: list[int], edges: Edges) -> list[int]:
    """Return one way round a group of models that read each other, from its smallest number."""
    members, start = set(group), group[0]
    before: dict[int, int] = {}
    waiting = [start]
    for model in waiting:  # breadth first: the list grows while it is read
        for up in edges[model]:
            if up == start:
                way = [model]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if up in members and up not in before:
                before[up] = model
                waiting.append(up)
    return group

"""Draw docs/architecture.svg from the code: python docs/draw_architecture.py.

Rooms of the package as boxes in their declared layers, each with the first words of its own
docstring and its size; arrows for imports. Of the arrows only those are drawn that do not follow
from others, and none to `core`, on which everything stands.
"""

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise, permutations
from pathlib import Path

from assay.campaign.source_digest import FOLDER, named_imports
from assay.core.import_graph import ImportGraph
from assay.methods import METHODS

PICTURE = Path(__file__).with_name("architecture.svg")
PROJECT = Path(__file__).parents[1] / "pyproject.toml"
BASE = "core"
WORKER = "assay.worker.__main__"  # the process that runs model code, and all it may load

WIDTH, MARGIN = 1040, 20
BASE_HEIGHT = 66
HEIGHT, GAP, APART, LANE = 90, 42, 26, 18  # a box, between layers, between boxes, an arrow's way
NARROWEST, PER_LINE = 240, 0.022  # pixels of a box, and more of them for each line
LETTER = 6.7  # pixels of a letter, on the safe side: every reader's font is another
INK, QUIET, FRAME, FILL, ARROW, WARM, TRACK = (
    "#1f2933", "#56626d", "#b6c0ca", "#f6f8fa", "#8694a1", "#c2703d", "#dfe5ea",
)  # fmt: skip


@dataclass(frozen=True)
class Room:
    """A folder of the package.

    Attributes:
        name: its name.
        words: the first sentence of its docstring.
        lines: lines of its modules.
        beside: how many of them the worker may load: model code runs beside them.
    """

    name: str
    words: str
    lines: int
    beside: int


@dataclass(frozen=True)
class Spot:
    """A place in a layer: of a room, or of an arrow that passes by (then `name` says which)."""

    name: str
    layer: int
    width: float
    x: float = 0.0


def declared_layers() -> list[list[str]]:
    """Return the rooms of each layer, the highest first."""
    layers = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]["assay"]["layers"]
    return [[str(name) for name in layer] for layer in layers]


def room(module: str) -> str:
    """Return the room of a module; empty for the package itself."""
    return module.split(".")[1] if "." in module else ""


def rooms(graph: ImportGraph) -> dict[str, Room]:
    """Return the rooms by name."""
    beside = graph.closure([WORKER], named_imports(graph, METHODS))
    found: dict[str, Room] = {}
    for module, path in sorted(graph.files.items()):
        if not (name := room(module)):
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if name == module.split(".", 1)[1]:
            found[name] = Room(name, first_sentence(ast.get_docstring(ast.parse(text)) or ""), 0, 0)
        known = found[name]
        more = lines if module in beside else 0
        found[name] = replace(known, lines=known.lines + lines, beside=known.beside + more)
    return found


def first_sentence(text: str) -> str:
    """Return what a docstring says first, without code marks."""
    line = text.partition("\n\n")[0].replace("\n", " ").replace("`", "")
    return re.split(r"\.(?= |$)", line)[0]


def arrows(graph: ImportGraph) -> set[tuple[str, str]]:
    """Return which room imports from which, without arrows that follow from others."""
    reach: dict[str, set[str]] = {}
    for module in graph.files:
        reach.setdefault(room(module), set()).update(map(room, graph.imports(module)))
    direct = {(a, b) for a, others in reach.items() for b in others if a and b and a != b}
    for middle, beyond in reach.items():
        for known in reach.values():
            known.update(beyond if middle in known else ())
    return {
        (a, b)
        for a, b in direct
        if b != BASE and not any(b in reach[c] for x, c in direct if x == a and c not in (a, b))
    }


# Where things stand: each arrow that passes a layer takes a lane of it; then the order with the
# fewest crossings, and places as near as possible below and above what they are joined to.


def stand(
    layers: Sequence[Sequence[str]], sizes: Mapping[str, Room], joined: Iterable[tuple[str, str]]
) -> tuple[list[list[Spot]], list[list[str]]]:
    """Return the spots of each layer in place, and for each arrow the spots it passes."""
    height = {name: place for place, layer in enumerate(layers) for name in layer}
    rows = [
        [Spot(name, place, NARROWEST + PER_LINE * sizes[name].lines) for name in layer]
        for place, layer in enumerate(layers)
    ]
    ways = []
    for a, b in sorted(joined):
        lanes = [f"{a}>{b}@{place}" for place in range(height[a] + 1, height[b])]
        for place, lane in enumerate(lanes, height[a] + 1):
            rows[place].append(Spot(lane, place, LANE))
        ways.append([a, *lanes, b])
    return _placed(_ordered(rows, ways), ways), ways


def _ordered(rows: list[list[Spot]], ways: list[list[str]]) -> list[list[Spot]]:
    """Return the layers in the order with the fewest crossings that a few sweeps find."""
    steps = [step for way in ways for step in pairwise(way)]
    best, fewest = rows, _all_crossings(rows, steps)
    for _ in range(8):
        for place in [*range(len(rows)), *reversed(range(len(rows)))]:
            around = [rows[other] for other in (place - 1, place + 1) if 0 <= other < len(rows)]
            rows = [*rows[:place], _best_order(rows[place], around, steps), *rows[place + 1 :]]
        if (now := _all_crossings(rows, steps)) < fewest:
            best, fewest = rows, now
    return best


def _best_order(
    row: list[Spot], around: list[list[Spot]], steps: list[tuple[str, str]]
) -> list[Spot]:
    if len(row) > 7:  # too many orders to try them all
        return row

    def crossings(order: Sequence[Spot]) -> int:
        return sum(_crossings(order, other, steps) for other in around)

    best = min(permutations(row), key=crossings)
    return list(best)


def _all_crossings(rows: list[list[Spot]], steps: list[tuple[str, str]]) -> int:
    return sum(_crossings(upper, lower, steps) for upper, lower in pairwise(rows))


def _crossings(one: Sequence[Spot], other: Sequence[Spot], steps: list[tuple[str, str]]) -> int:
    """Return how many of the steps between two layers cross."""
    first = {spot.name: place for place, spot in enumerate(one)}
    second = {spot.name: place for place, spot in enumerate(other)}
    ends = [(first[a], second[b]) for a, b in steps if a in first and b in second]
    ends += [(first[b], second[a]) for a, b in steps if b in first and a in second]
    return sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(ends) for c, d in ends[:n])


def _placed(rows: list[list[Spot]], ways: list[list[str]]) -> list[list[Spot]]:
    near: dict[str, list[str]] = {}
    for way in ways:
        for a, b in pairwise(way):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    middles: dict[str, float] = {}
    for _ in range(60):
        for row in rows:
            wished = [
                mean([middles[other] for other in near.get(spot.name, ()) if other in middles])
                for spot in row
            ]
            middles |= dict(zip((spot.name for spot in row), _apart(row, wished), strict=True))

    def place(spot: Spot) -> Spot:
        return replace(spot, x=round(middles[spot.name] - spot.width / 2, 1))

    return [[place(spot) for spot in row] for row in rows]


def mean(known: Sequence[float]) -> float:
    """Return the mean of what is known; of nothing, the middle of the sheet."""
    return sum(known) / len(known) if known else WIDTH / 2


def _apart(row: list[Spot], wished: list[float]) -> list[float]:
    """Return middles near those wished for, so that nothing touches and all lies on the sheet."""
    middles = list(wished)
    for _ in range(200):
        for n, (one, other) in enumerate(pairwise(row)):
            missing = (one.width + other.width) / 2 + APART - (middles[n + 1] - middles[n])
            if missing > 0:
                middles[n] -= missing / 2
                middles[n + 1] += missing / 2
        for n, spot in enumerate(row):
            least = MARGIN + spot.width / 2
            middles[n] = min(max(middles[n], least), WIDTH - least)
    return middles


# The picture.


def draw(
    layers: Sequence[Sequence[str]], sizes: Mapping[str, Room], joined: Iterable[tuple[str, str]]
) -> str:
    """Return the picture as SVG, the same bytes for the same rooms and arrows."""
    upper = [list(layer) for layer in layers if list(layer) != [BASE]]
    rows, ways = stand(upper, sizes, joined)
    floor = MARGIN + len(rows) * (HEIGHT + GAP)
    base = Spot(BASE, len(rows), WIDTH - 2 * MARGIN, MARGIN)
    spots = {spot.name: spot for row in rows for spot in row}
    bottom = floor + BASE_HEIGHT
    parts = [*_ways(ways, spots)]
    for row in rows:
        for spot in row:
            if spot.name in sizes:
                parts += _box(sizes[spot.name], spot)
    parts += _box(sizes[BASE], base)
    parts += _legend(bottom + 26)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 66}" '
            'font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif" role="img">',
            "<title>The rooms of assay and what they import</title>",
            f'<rect width="{WIDTH}" height="{bottom + 66}" fill="#ffffff"/>',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            f'markerHeight="7" orient="auto"><path d="M0 0.8 L7.5 4 L0 7.2 Z" fill="{ARROW}"/>'
            "</marker></defs>",
            *parts,
            "</svg>\n",
        ]
    )


def _top(layer: int) -> float:
    return MARGIN + layer * (HEIGHT + GAP)


def _box(size: Room, spot: Spot) -> Iterator[str]:
    x, y, width = spot.x, _top(spot.layer), spot.width
    height = BASE_HEIGHT if size.name == BASE else HEIGHT
    bar = width - 24
    yield f'<g id="{size.name}" data-lines="{size.lines}" data-beside="{size.beside}">'
    yield _rect(x, y, width, height, f'rx="5" fill="{FILL}" stroke="{FRAME}"')
    yield _rect(x + 12, y + height - 9, bar, 3, f'fill="{TRACK}"')
    if size.beside:
        yield _rect(x + 12, y + height - 9, bar * size.beside / size.lines, 3, f'fill="{WARM}"')
    yield _text(x + 12, y + 22, size.name, f'font-size="15" font-weight="bold" fill="{INK}"')
    lines = f"{max(100, round(size.lines, -2)):,} lines"
    yield _text(x + width - 12, y + 22, lines, f'font-size="11" text-anchor="end" fill="{QUIET}"')
    words = textwrap.wrap(size.words, int(bar / LETTER), max_lines=3, placeholder=" …")
    for number, line in enumerate(words):
        yield _text(x + 12, y + 40 + 15 * number, line, f'font-size="12" fill="{QUIET}"')
    yield "</g>"


def _rect(x: float, y: float, width: float, height: float, look: str) -> str:
    place = f'x="{x:g}" y="{y:g}" width="{round(width, 1):g}" height="{height:g}"'
    return f"<rect {place} {look}/>"


def _text(x: float, y: float, words: str, look: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" {look}>{escape(words)}</text>'


def _ways(ways: list[list[str]], spots: Mapping[str, Spot]) -> Iterator[str]:
    """Yield the arrows; those of one box leave and arrive side by side."""
    for way in ways:
        start, end = spots[way[0]], spots[way[-1]]
        x = _port(start, way, {tuple(w): _middle(spots[w[1]]) for w in ways if w[0] == way[0]})
        last = _port(end, way, {tuple(w): _middle(spots[w[-2]]) for w in ways if w[-1] == way[-1]})
        y = _top(start.layer) + HEIGHT
        path = [f"M{x:g} {y:g}"]
        for name in way[1:-1]:
            middle, top = _straight(x, _middle(spots[name])), _top(spots[name].layer)
            path += [_curve(x, y, middle, top), f"V{top + HEIGHT:g}"]
            x, y = middle, top + HEIGHT
        path.append(_curve(x, y, _straight(x, last), _top(end.layer) - 1))
        line = f'fill="none" stroke="{ARROW}" stroke-width="1.4" marker-end="url(#tip)"'
        yield f'<path d="{" ".join(path)}" {line}/>'


def _straight(x: float, wished: float) -> float:
    """Return where an arrow goes on: straight down if that is nearly where it should go."""
    return x if abs(wished - x) < LANE else wished


def _middle(spot: Spot) -> float:
    return round(spot.x + spot.width / 2, 1)


def _port(spot: Spot, way: list[str], towards: Mapping[tuple[str, ...], float]) -> float:
    """Return where on a box's edge an arrow begins or ends: sorted by where the others go."""
    place = sorted(towards, key=lambda other: (towards[other], other)).index(tuple(way))
    step = min(48.0, (spot.width - 40) / len(towards))
    return round(_middle(spot) + step * (place - (len(towards) - 1) / 2), 1)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    half = (to_y - y) / 2
    return f"C{x:g} {y + half:g} {to_x:g} {to_y - half:g} {to_x:g} {to_y:g}"


def _legend(y: float) -> Iterator[str]:
    look = f'font-size="12" fill="{QUIET}"'
    arrows = "An arrow points to what is imported. Arrows that follow from others are left out, and"
    yield _text(MARGIN, y, f"{arrows} all those to core. Wider boxes hold more lines.", look)
    yield _rect(MARGIN, y + 16, 44, 3, f'fill="{TRACK}"')
    yield _rect(MARGIN, y + 16, 24, 3, f'fill="{WARM}"')
    share = (
        "The share of a room that the worker's process may load, beside model code: what it says"
    )
    yield _text(MARGIN + 54, y + 21, f"{share} is recomputed, not believed.", look)


def main() -> None:
    """Write the picture."""
    graph = ImportGraph(FOLDER, ["assay"])
    PICTURE.write_text(draw(declared_layers(), rooms(graph), arrows(graph)), encoding="utf-8")


if __name__ == "__main__":
    main()

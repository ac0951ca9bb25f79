"""docs/architecture.svg shows the code as it is; `python docs/draw_architecture.py` renews it."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

import draw_architecture as script
from assay.campaign.source_digest import FOLDER
from assay.core.import_graph import ImportGraph
from draw_architecture import Room, arrows, declared_layers, draw, first_sentence, rooms

GRAPH = ImportGraph(FOLDER, ["assay"])
LAYERS = declared_layers()
FAKE = {name: Room(name, f"What {name} is for", 500, 100) for name in ("a", "b", "c", "core")}
TALE = script.PICTURE.with_name("architecture.md")


def outdated(picture, layers, sizes, joined):
    """Return what a picture shows otherwise than the code; sizes may have moved by a fifth."""
    told = {
        name: (int(lines), int(beside))
        for name, lines, beside in re.findall(
            r'<g id="(\w+)" data-lines="(\d+)" data-beside="(\d+)">', picture
        )
    }
    if told.keys() != sizes.keys():
        return ["rooms"]
    grown = [
        name
        for name, room in sizes.items()
        for then, now in zip(told[name], (room.lines, room.beside), strict=True)
        if abs(now - then) > max(100, then / 5)
    ]
    then = {
        name: replace(room, lines=told[name][0], beside=told[name][1])
        for name, room in sizes.items()
    }
    return grown or ([] if draw(layers, then, joined) == picture else ["arrows, layers or words"])


def test_the_picture_shows_the_code_as_it_is():
    picture = script.PICTURE.read_text(encoding="utf-8")
    assert outdated(picture, LAYERS, rooms(GRAPH), arrows(GRAPH)) == [], (
        "run python docs/draw_architecture.py and commit the picture"
    )


@pytest.mark.parametrize(
    ("layers", "sizes", "joined", "found"),
    [
        ([["a"], ["b", "c"], ["core"]], {}, {("a", "b")}, []),
        ([["a"], ["b", "c"], ["core"]], {"b": (590, 100)}, {("a", "b")}, []),
        ([["a"], ["b", "c"], ["core"]], {"b": (610, 100)}, {("a", "b")}, ["b"]),
        ([["a"], ["b", "c"], ["core"]], {"c": (500, 210)}, {("a", "b")}, ["c"]),
        ([["a"], ["b", "c"], ["core"]], {}, {("a", "c")}, ["arrows, layers or words"]),
        ([["a"], ["b"], ["c"], ["core"]], {}, {("a", "b")}, ["arrows, layers or words"]),
        ([["a"], ["b", "c", "d"], ["core"]], {"d": (1, 1)}, {("a", "b")}, ["rooms"]),
    ],
)
def test_a_picture_that_shows_otherwise_is_noticed(layers, sizes, joined, found):
    picture = draw([["a"], ["b", "c"], ["core"]], FAKE, {("a", "b")})
    now = FAKE | {name: Room(name, f"What {name} is for", *size) for name, size in sizes.items()}
    assert outdated(picture, layers, now, joined) == found


def test_nothing_lies_on_anything_else():
    rows, ways = script.stand(LAYERS[:-1], rooms(GRAPH), arrows(GRAPH))
    assert [way for way in ways if len(way) > 2]
    for row in rows:
        assert row[0].x >= script.MARGIN
        assert row[-1].x + row[-1].width <= script.WIDTH - script.MARGIN + 0.1
        for one, other in pairwise(row):
            assert one.x + one.width < other.x
    for room in rooms(GRAPH).values():
        assert room.words
    assert " …" not in script.PICTURE.read_text(encoding="utf-8")


def test_arrows_that_follow_from_others_are_left_out(tmp_path):
    texts = {
        "a/x": "from assay.b import y\nfrom assay.c import z\nimport assay.core.k",
        "b/y": "from assay.c import z",
        "c/z": "",
        "core/k": "",
    }
    for name, text in texts.items():
        path = tmp_path / "assay" / f"{name}.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert arrows(ImportGraph(tmp_path, ["assay"])) == {("a", "b"), ("b", "c")}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The worker: `x` only. It\nreports.\n\nMore.", "The worker: x only"),
        ("What model_1.md\nsays", "What model_1.md says"),
        ("", ""),
    ],
)
def test_first_sentence(text, words):
    assert first_sentence(text) == words


def test_the_map_names_every_room():
    text = TALE.read_text(encoding="utf-8")
    assert [name for name in rooms(GRAPH) if f"`{name}/`" not in text] == []
    named = set(re.findall(r"`(\w+)/`", text))
    assert named - rooms(GRAPH).keys() == {"assay_demonstration", "scripts"}

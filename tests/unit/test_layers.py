"""The package's rooms lie in layers: what is lower never imports what is higher."""

import ast

import pytest

from assay.campaign.source_digest import FOLDER
from assay.core.import_graph import ImportGraph
from assay.methods import METHODS
from draw_architecture import declared_layers, room

GRAPH = ImportGraph(FOLDER, ["assay"])
LAYERS = declared_layers()
SHARED = {path.stem for path in (FOLDER / "assay" / "methods").glob("*.py")}
FILES = {"pathlib", "io", "shutil", "tempfile", "glob", "fileinput", "mmap", "sqlite3", "zipfile"}


def imports(graph):
    """Return, by module, the modules its text imports."""
    return {module: graph.imports(module) for module in graph.files}


def between_rooms(edges):
    """Return, by room, the other rooms that it imports."""
    rooms: dict[str, set[str]] = {}
    for module, imported in edges.items():
        rooms.setdefault(room(module), set()).update(map(room, imported))
    return {name: others - {name, ""} for name, others in rooms.items() if name}


def upward(edges, layers):
    """Return the imports of what is not in a lower layer, and of what is in none."""
    height = {name: -place for place, layer in enumerate(layers) for name in layer}
    return sorted(
        f"{module} imports {other}"
        for module, imported in edges.items()
        for other in imported
        if room(other)
        and room(module) != room(other)
        and not height.get(room(module), -1000) > height.get(room(other), 1000)
    )


def on_cycles(edges):
    """Return what can be reached from itself."""

    def beyond(start):
        found, waiting = set(), list(edges.get(start, ()))
        while waiting:
            if (name := waiting.pop()) not in found:
                found.add(name)
                waiting += edges.get(name, ())
        return found

    return sorted(name for name in edges if name in beyond(name))


def test_every_room_has_its_layer():
    named = [name for layer in LAYERS for name in layer]
    assert sorted(named) == sorted(between_rooms(imports(GRAPH)))


def test_no_room_imports_a_higher_one():
    assert upward(imports(GRAPH), LAYERS) == []


def test_no_cycles():
    assert on_cycles(imports(GRAPH)) == []
    assert on_cycles(between_rooms(imports(GRAPH))) == []


def fake(folder, **texts):
    for name, text in texts.items():
        path = folder / "assay" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return imports(ImportGraph(folder, ["assay"]))


def test_an_upward_import_is_seen(tmp_path):
    edges = fake(
        tmp_path,
        high__a="from assay.low.b import x",
        low__b="def f():\n    from assay.high import a",
        low__c="",
    )
    assert upward(edges, [["high"], ["low"]]) == ["assay.low.b imports assay.high.a"]
    assert on_cycles(edges) == ["assay.high.a", "assay.low.b"]
    assert on_cycles(between_rooms(edges)) == ["high", "low"]


def test_neighbours_and_strangers_are_seen(tmp_path):
    edges = fake(tmp_path, a__x="import assay.b.y", b__y="", new__z="import assay.b.y")
    assert upward(edges, [["a", "b"], ["new"]]) == [
        "assay.a.x imports assay.b.y",
        "assay.new.z imports assay.b.y",
    ]
    assert upward(edges, [["a"], ["b"]]) == ["assay.new.z imports assay.b.y"]


def test_a_cycle_of_rooms_without_one_of_modules_is_seen(tmp_path):
    edges = fake(
        tmp_path, a__x="from assay.b import y", b__y="", b__z="from assay.a import w", a__w=""
    )
    assert on_cycles(edges) == []
    assert on_cycles(between_rooms(edges)) == ["a", "b"]


def touches_files(source):
    """Return how a method's text gets at files."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called == "open" or called.startswith(("os.path.", "np.load", "np.save")):
                found.add(called)
        for name in names:
            if name.split(".")[0] in FILES or name.startswith(("assay.core.files", "os.path")):
                found.add(name)
    return sorted(found)


@pytest.mark.parametrize("module", [name for name in GRAPH.files if room(name) == "methods"])
def test_methods_know_nothing_of_files_and_of_each_other(module):
    assert touches_files(GRAPH.files[module].read_bytes()) == []
    own = module.split(".")[2:3]
    for other in GRAPH.imports(module):
        assert room(other) in ("core", "methods")
        if room(other) == "methods" and own and own[0] in METHODS:
            assert other.split(".")[2] in {*own, *SHARED}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from pathlib import Path", ["pathlib.Path"]),
        ("import shutil", ["shutil"]),
        ("with open('x') as f: pass", ["open"]),
        ("import os.path", ["os.path"]),
        ("np.load('x')", ["np.load"]),
        ("from assay.core.files import write_text", ["assay.core.files.write_text"]),
        ("import os\nos.getpid()", []),
        ("call.open()", []),
    ],
)
def test_files_are_seen(text, found):
    assert touches_files(text) == found


def test_the_package_does_not_know_its_example():
    both = ImportGraph(FOLDER, ["assay", "assay_demonstration"])
    known = {other for module in GRAPH.files for other in both.imports(module)}
    assert [name for name in known if name.startswith("assay_demonstration")] == []

"""What a regular expression finds of imports is what Python's parser finds."""

import ast

import pytest

from assay.campaign.source_digest import FOLDER, PACKAGES
from assay.core.errors import AssayError
from assay.core.import_graph import ImportGraph, imported_names

GRAPH = ImportGraph(FOLDER, PACKAGES)


def parsed_names(source):
    """Return what `imported_names` should, by Python's own parser."""
    names = set()
    waiting = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            place = "." * node.level + (node.module or "")
            names |= {f"{place}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.List | ast.Tuple):
            words = [ast.unparse(word) for word in node.elts]
            if "'-m'" in words:
                names.add(ast.literal_eval(words[words.index("'-m'") + 1]) + ".__main__")
    return {name for name in names if name.split(".")[0] in ("", *PACKAGES)}


@pytest.mark.parametrize("module", GRAPH.files)
def test_the_text_says_what_the_parser_finds(module):
    source = GRAPH.files[module].read_bytes()
    assert imported_names(source, PACKAGES) == parsed_names(source)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import assay.core.files\nimport os, sys\nimport assaying", {"assay.core.files"}),
        ("from assay import timing as t", {"assay.timing"}),
        (
            "from assay.a import (  # x, y\n    b,  # c\n    d as e,\n)\n",
            {"assay.a.b", "assay.a.d"},
        ),
        ("def f():\n    from assay.a import b\n    return b", {"assay.a.b"}),
        ('"""Example:\n\n    from assay import a\n"""\nfrom assay import b', {"assay.b"}),
        ("# from assay import a\nx = 'from assay import b'", set()),
        ('run(["python", "-m", "assay.worker", "1"])', {"assay.worker.__main__"}),
        (
            "if TYPE_CHECKING:\n    from assay import a\n\n    from assay import b\nimport assay.c",
            {"assay.c"},
        ),
        ("if TYPE_CHECKING:  # why\n    import assay.a\nelse:\n    import assay.b", {"assay.b"}),
        ("from assay_demonstration.medals import MEDALS", {"assay_demonstration.medals.MEDALS"}),
    ],
)
def test_forms_of_imports(source, found):
    assert imported_names(source.encode(), PACKAGES) == found == parsed_names(source)


@pytest.mark.parametrize(
    "source",
    [
        "from . import files",
        "import os, assay.core.files",
        "x = 1; import assay.core.files",
        "from  assay.core import files",
    ],
)
def test_a_form_that_would_be_missed_is_noticed(source):
    assert imported_names(source.encode(), PACKAGES) != parsed_names(source)


@pytest.fixture
def package(tmp_path):
    texts = {
        "__init__": "",
        "a": "from p.b import thing\nimport os",
        "b": "from p.deep import low",
        "deep/__init__": "import p.c",
        "deep/low": "from p import c",
        "c": "from p.deep import low",
        "d": "from importlib import import_module",
        "e": "",
    }
    for name, text in texts.items():
        path = tmp_path / "p" / f"{name}.py"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    return ImportGraph(tmp_path, ["p"])


def names(text):
    return frozenset(f"p.{name}" if name != "p" else name for name in text.split())


def test_imports_are_those_of_the_text_alone(package):
    assert package.imports("p.b") == names("deep.low")
    assert package.imports("p.d") == frozenset()
    with pytest.raises(AssayError, match=r"no module p\.z"):
        package.imports("p.z")


@pytest.mark.parametrize(
    ("root", "named", "without", "found"),
    [
        ("a", {}, (), "p a b deep deep.low c"),
        ("c", {}, (), "p c deep deep.low"),
        ("d", {}, (), "p d"),
        ("d", {"p.d": ["p.e"]}, (), "p d e"),
        ("a", {}, ["p.b"], "p a"),
        ("b", {}, ["p.deep"], "p b"),
        ("b", {}, ["p.deep.low"], "p b"),
        ("b", {}, ["p.dee"], "p b deep deep.low c"),
    ],
)
def test_what_is_needed(package, root, named, without, found):
    assert package.closure([f"p.{root}"], named, without) == names(found)


def test_a_digest_is_of_names_and_contents(package, tmp_path):
    def digest(*modules):
        return ImportGraph(tmp_path, ["p"]).digest(modules)

    before = digest("p.a", "p.b")
    assert before == digest("p.b", "p.a") != digest("p.a")
    (tmp_path / "p" / "e.py").write_text("x = 1")
    assert digest("p.a", "p.b") == before
    (tmp_path / "p" / "b.py").write_text("x = 1")
    changed = digest("p.a", "p.b")
    (tmp_path / "p" / "b.py").rename(tmp_path / "p" / "z.py")
    assert len({before, changed, digest("p.a", "p.z")}) == 3

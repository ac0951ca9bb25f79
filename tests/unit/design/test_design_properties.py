"""Designs of any form: whatever bytes a file holds, it is a design or its problems are named."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from assay.design import InvalidDesignError, load_design, parse_design
from assay.design.frontmatter import front_matter_text, read_tree
from assay.design.outline import outline
from sample_designs import GOOD, minimal

NAME = "model_design_1.md"
LINES = GOOD.splitlines(keepends=True)
KEYS = ("model", "title", "method", "depends_on", "resources", "training", "draws", "results", "x")
# Characters and words that mean something to YAML, to numbers or to a design.
PIECES = (
    *("---\n", "...\n", "\n", "\r\n", "\t", " ", "  ", ":", ": ", "- ", "[", "]", "{", "}", ","),
    *("#", " #", "&a ", "*a", "!!int ", "!x ", "|", ">-", "'", '"', "\\", "?", "<<: ", "%", "@"),
    *("null", "~", "true", "1", "-1", "0", "1_", "1__0", "1_.5", "1e3", "1e999", "-0.0", ".5"),
    *("9" * 400, "9" * 5000, ".nan", ".inf", "0x1f", "٣", "²", "auto", "bayesian", "convex"),
    *("model: 1\n", "depends_on: [2]\n", "  key: [noc]\n", "\ufeff", "\x85", "\u2028", "\0", "Ö"),
)
SCALARS = st.one_of(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))),
    st.integers().map(str),
    st.floats().map(repr),
    st.sampled_from(PIECES),
)
FLOW = st.recursive(
    SCALARS,
    lambda values: st.one_of(
        st.lists(values, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(st.sampled_from(KEYS), values), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=4,
)


@st.composite
def edited(draw):
    """Return the good design after some edits: lines moved or cut, pieces or values put in."""
    text = GOOD
    for _ in range(draw(st.integers(1, 3))):
        at, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        end = draw(st.sampled_from((at, min(at + 1, len(text)), end)))
        text = text[:at] + draw(st.sampled_from(PIECES) | FLOW) + text[end:]
    return text


@st.composite
def revalued(draw):
    """Return the good design with the value behind one of its keys written anew."""
    place = draw(st.sampled_from([i for i, line in enumerate(LINES[:25]) if ":" in line]))
    key = LINES[place].partition(":")[0]
    return "".join([*LINES[:place], f"{key}: {draw(FLOW)}\n", *LINES[place + 1 :]])


DESIGNS = st.one_of(edited(), revalued(), st.text().map(lambda text: f"---\n{text}\n---\n"))


@given(st.binary() | DESIGNS.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(GOOD.replace("draws: 500", "draws: 1_").encode())
@example(GOOD.replace("draws: 500", "draws: 1_.5").encode())
@example(GOOD.replace("model: 1 ", "model: " + "9" * 5000 + " ").encode())
def test_any_bytes_are_a_design_or_problems_with_their_lines(content):
    try:
        design = parse_design(Path(NAME), content)
    except InvalidDesignError as error:
        assert error.problems
        lines = max(1, len(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")))
        for problem in error.problems:
            assert 1 <= problem.line <= lines
            assert all((problem.key, problem.what, problem.remedy))
    else:
        assert design.model == 1


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("designs") / NAME


@given(content=st.binary() | DESIGNS.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(content=GOOD.encode())
@example(content=minimal(1, "depends_on: [1e999]\n").encode())
@example(content=minimal(1, "resources: {threads: 1e999}\n").encode())
def test_an_outline_is_never_an_error_and_says_what_the_design_says(path, content):
    path.write_bytes(content)
    short = outline(path)
    assert short.model == 1
    try:
        design = load_design(path)
    except InvalidDesignError:
        return
    assert not short.broken
    assert (short.title, short.method) == (design.title, design.method)
    assert short.depends_on == design.depends_on
    assert short.resources == design.resources.model_dump(exclude_none=True)


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp"))
)
TREES = st.dictionaries(
    WORDS,
    st.recursive(
        WORDS,
        lambda values: st.lists(values, max_size=3) | st.dictionaries(WORDS, values, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
)


@given(TREES, st.sampled_from(("\n", "\r\n", "\r")), st.booleans())
def test_what_yaml_writes_is_read_back_as_text(values, newline, flow):
    text = yaml.safe_dump(
        values, default_style='"', default_flow_style=flow, allow_unicode=True, sort_keys=False
    )
    content = f"---\n{text}---\nprose\n".replace("\n", newline).encode()
    tree, flaws = read_tree(front_matter_text(content))
    assert tree.texts() == values
    assert flaws == []


@given(st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_plain_numbers_are_read_exactly(numbers):
    written = "".join(f"- {number!r}\n" for number in numbers)
    quoted = "".join(f"- '{number!r}'\n" for number in numbers)
    tree, _ = read_tree(f"plain:\n{written}quoted:\n{quoted}")
    read = tree.values()
    assert [(type(x), repr(x)) for x in read["plain"]] == [(type(x), repr(x)) for x in numbers]
    assert read["quoted"] == [repr(number) for number in numbers]
    assert [tree.line_of(("quoted", place)) for place in range(len(numbers))] == [
        2 + 1 + len(numbers) + 1 + place for place in range(len(numbers))
    ]

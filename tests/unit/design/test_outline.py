"""The fast reading says what the full one says, or that it cannot tell."""

import itertools
import random

import pytest

from assay.design import load_design
from assay.design import outline as module
from assay.design.outline import outline
from sample_designs import good, minimal, write_design


def compare(path):
    design, found = load_design(path), outline(path)
    assert not found.broken
    assert (found.model, found.title, found.method) == (design.model, design.title, design.method)
    assert found.depends_on == design.depends_on
    given = {k: v for k, v in design.resources.model_dump().items() if v is not None}
    assert dict(found.resources) == given


def design_of(*, title="T", depends="", resources="", model="1", method="convex", newline="\n"):
    text = (
        f"---\nmodel: {model}\n{depends}title: {title}\nmethod: {method}\n{resources}"
        "results: {key: [a], columns: {a: {type: string}}}\n---\nprose\n"
    )
    return text.replace("\n", newline)


TITLES = [
    "Plain words",
    "Kim's medals, (all) 10:30 & more - or less",
    '"quoted # not a comment"',
    "'single quotes' # a comment",
    "'it''s doubled'",
    '"escaped \\"quotes\\" \\u00e9"',
    "Österreich 奖牌",
    "with a comment # here",
    "no#comment",
    "2028",
    "on",
    "|\n  a literal\n  text",
    ">-\n  a folded\n  text",
    "runs over\n  two lines",
    "runs over\n\n  an empty line",
    "x",
    "100 %",
    "a *star* and an &",
    "tabs\there",
]
DEPENDS = [
    "",
    "depends_on: []\n",
    "depends_on: [ ]  # none\n",
    "depends_on: [2]\n",
    "depends_on: [2, 3 ,4,5]   # some\n",
    "depends_on: [2, 3,]\n",
    "depends_on: [2,\n  3]\n",
    "depends_on:\n- 2\n- 3\n",
    "depends_on:\n  - 2   # two\n\n  # comment\n  - 3\n",
    "depends_on:\n- 2\n# comment\n- 3\n",
    "depends_on:  # comment\n  - 2\n",
    "depends_on:\n",
    "depends_on: ~\n",
    'depends_on: ["2", 3]\n',
    "depends_on:\n  [2, 3]\n",
    "depends_on: &up [2, 3]\n",
    "'depends_on': [2]\n",
]
RESOURCES = [
    "",
    "resources: {}\n",
    "resources: {threads: 2}\n",
    "resources: {threads: 2, memory_mb: 3000, minutes: 60}  # all\n",
    "resources:\n  threads: 2\n  minutes: 5   # comment\n\n  # another\n  memory_mb: 9\n",
    "resources:\n    threads: 2\n",
    "resources: {threads: 2,\n  minutes: 5}\n",
    "resources: {threads: 1e1}\n",
    "resources: {threads: ~, minutes: 3}\n",
    "resources: { threads : 2 }\n",
    "resources:\n",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_titles_in_every_style(tmp_path, title, newline):
    text = design_of(title=title, newline=newline)
    compare(write_design(tmp_path, text))


@pytest.mark.parametrize("depends", DEPENDS)
def test_dependencies_in_every_style(tmp_path, depends):
    compare(write_design(tmp_path, design_of(depends=depends)))


@pytest.mark.parametrize("resources", RESOURCES)
def test_resources_in_every_style(tmp_path, resources):
    compare(write_design(tmp_path, design_of(resources=resources)))


def test_random_combinations_agree(tmp_path):
    rng = random.Random(5)
    every = list(itertools.product(TITLES, DEPENDS, RESOURCES, ["\n", "\r\n"]))
    for title, depends, resources, newline in rng.sample(every, 150):
        path = write_design(
            tmp_path, design_of(title=title, depends=depends, resources=resources, newline=newline)
        )
        compare(path)


def test_the_usual_styles_need_no_yaml_parser(tmp_path, monkeypatch):
    def never(text):
        raise AssertionError(text)

    monkeypatch.setattr(module, "_read_slowly", never)
    path = write_design(tmp_path, good())
    found = outline(path)
    assert (found.model, found.method, found.depends_on) == (1, "bayesian", ())
    assert found.resources == {"threads": 2, "memory_mb": 2000, "minutes": 60}
    for depends in DEPENDS[:5] + DEPENDS[7:9]:
        assert not outline(write_design(tmp_path, design_of(depends=depends))).broken


@pytest.mark.parametrize(
    "text",
    [
        design_of(model="'1'"),
        "---\n{model: 1, title: t, method: convex, depends_on: [2]}\n---\n",
        "---\n  model: 1\n  title: t\n  method: convex\n  depends_on: [2]\n---\n",
        "---   \nmodel: 1\ntitle: t\nmethod: convex\n...\n",
        "\ufeff" + design_of(depends="depends_on: [2]\n"),
        "---\n# a comment\n\nmodel: 1\ntitle: t\nmethod: convex\n---\n",
    ],
)
def test_unusual_layouts_are_read_by_the_parser(tmp_path, text):
    found = outline(write_design(tmp_path, text))
    assert not found.broken
    assert (found.model, found.method) == (1, "convex")
    assert found.depends_on == ((2,) if "depends_on" in text else ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "prose only\n",
        "---\nmodel: 1\n",
        "---\nmodel: 1\ntitle: a: b\n---\n",
        design_of(model="2"),
        design_of(model="one"),
        design_of(method="magic"),
        design_of(depends="depends_on: 2\n"),
        design_of(depends='depends_on: "23"\n'),
        design_of(depends="depends_on: [0]\n"),
        design_of(depends="depends_on: [x]\n"),
        design_of(depends="depends_on: [2, 2]\n"),
        design_of(depends="depends_on: [1]\n"),
        design_of(depends="depends_on: {2: 3}\n"),
        design_of(depends="depends_on: [2]\ndepends_on: [3]\n"),
        design_of(depends="depends_on: [1" + "0" * 5000 + "]\n"),
        design_of(resources="resources: {threads: 0}\n"),
        design_of(resources="resources: {gpus: 1}\n"),
        design_of(resources="resources: many\n"),
        b"---\nmodel: 1\ntitle: \xff\n---\n",
        b"\x00\x01\x02",
        "---\nmodel: " + "[" * 5000 + "\n---\n",
    ],
)
def test_broken_designs_give_an_outline_without_dependencies(tmp_path, text):
    found = outline(write_design(tmp_path, text))
    assert found.broken
    assert (found.model, found.depends_on) == (1, ())


def test_no_file_and_no_number_are_broken_as_well(tmp_path):
    assert outline(tmp_path / "model_design_3.md").broken
    (tmp_path / "model_design_4.md").mkdir()
    assert outline(tmp_path / "model_design_4.md").broken
    path = tmp_path / "model_design_x.md"
    path.write_text(minimal(1), encoding="utf-8")
    assert outline(path).model == 0
    assert outline(path).broken


def test_a_long_front_matter_is_read_to_its_end(tmp_path):
    filler = "".join(f"    c{i}: {{type: number}}\n" for i in range(2000))
    text = (
        "---\nmodel: 1\ntitle: t\nmethod: convex\nresults:\n  key: [c1]\n  columns:\n"
        f"{filler}depends_on: [2, 3]\n---\n"
    )
    path = write_design(tmp_path, text)
    assert len(text) > module.FIRST_READ
    compare(path)

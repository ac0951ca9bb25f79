"""Every mistake in a design is found, with file, line, key and remedy."""

import pytest
from mistakes import line_of, problems, the_problem

from assay.core.errors import DesignError
from assay.design import load_design
from sample_designs import good, minimal, write_design


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("# Only prose\n", 1, "no front matter"),
        ("", 1, "no front matter"),
        ("---\nmodel: 1\ntitle: x\n", 1, "does not end"),
        ("---\n---\n", 2, "no mapping"),
        ("---\n- model\n---\n", 2, "no mapping"),
        ("---\nmodel: 1\ntitle: a: b\n---\n", 3, "not YAML: mapping values"),
        ("---\nmodel: 1\nresults:\n\tkey: [a]\n---\n", 4, "not YAML"),
        ("---\nmodel: 1\nresults: {key: [a\n---\n", 4, "not YAML"),
        ("---\nmodel: 1\ntitle: a\0b\n---\n", 3, "not YAML"),
        ("---\nmodel: 1\n--- x\n---\n", 3, "second YAML document"),
        ("---\nmodel: " + "[" * 300 + "]" * 300 + "\n---\n", 2, "nested too deeply"),
        ("---\nmodel: 1\ntitle: \xd6\n---\n".encode("latin-1"), 3, "not UTF-8"),
        ("---\nmodel: 1\n---\n".encode("utf-16"), 1, "no front matter"),
    ],
)
def test_front_matter_that_cannot_be_read(tmp_path, text, line, what):
    problem = the_problem(tmp_path, text)
    assert what in problem.what
    assert problem.line == line


def test_aliases_that_would_explode_are_stopped(tmp_path):
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]"
        for a, b in zip("abcdefg", "bcdefgh", strict=True)
    ]
    text = "---\n" + "\n".join(lines) + "\n---\n"
    assert "too large" in the_problem(tmp_path, text).what


def test_aliases_in_moderation_are_fine_and_dangling_ones_are_named(tmp_path):
    columns = "  columns: {name: {type: string}, x: &count {type: integer, max: 9}, y: *count}\n"
    text = minimal(1).replace("  columns: {name: {type: string}, x: {type: number}}\n", columns)
    assert load_design(write_design(tmp_path, text)).results.columns["y"].max == 9
    text = text.replace("&count ", "")
    assert "*count refers to nothing" in problems(tmp_path, text)[0].what


def test_a_missing_file_is_a_problem_not_a_traceback(tmp_path):
    with pytest.raises(DesignError, match="cannot be read"):
        load_design(tmp_path / "model_design_1.md")


def test_tags_construct_nothing(tmp_path):
    text = minimal(1).replace("title: Toy 1", "title: !!python/object/apply:os.getcwd []")
    assert any("tag" in problem.what for problem in problems(tmp_path, text))


@pytest.mark.parametrize(
    ("change", "line_part", "key", "words"),
    [
        (("model: 1 ", "model: 7 "), "model:", "model", ("7 is not the number", "model: 1")),
        (("model: 1 ", "model: one "), "model:", "model", ("one is no whole number", "whole")),
        (("model: 1 ", "model: 0 "), "model:", "model", ("0 is below 1", "at least 1")),
        (("title: Medals", "titel: Medals"), "titel", "titel", ("no such key", "title?")),
        (("method: bayesian", "method: bayes"), "method", "method", ("bayes is", "bayesian?")),
        (("depends_on: []", "depends_on: [0]"), "depends_on", "depends_on", ("0 is below 1", "1")),
        (("depends_on: []", "depends_on: [2, 2]"), "depends_on", "depends_on", ("twice", "one")),
        (("depends_on: []", "depends_on: [1]"), "depends_on", "depends_on", ("cycle", "remove")),
        (("depends_on: []", "depends_on: 2"), "depends_on", "depends_on", ("no list", "[a, b]")),
        (
            ("minutes: [0.2, 30]", "minutes: [0, 30]"),
            "[0, 30]",
            "expected.minutes",
            ("0 to", "auto"),
        ),
        (
            ("minutes: [0.2, 30]", "minutes: [3, 1]"),
            "[3, 1]",
            "expected.minutes",
            ("3 to 1", "auto"),
        ),
        (("minutes: [0.2, 30]", "minutes: often"), "often", "expected.minutes", ("pair", "auto")),
        (
            ("minutes: [0.2, 30]", "minutes: [1, .inf]"),
            ".inf",
            "expected.minutes",
            ("pair", "auto"),
        ),
        (("rows: 3 ", "rows: 0 "), "rows", "expected.rows", ("no number of rows", "[min, max]")),
        (
            ("rows: 3 ", "rows: [5, 2] "),
            "rows",
            "expected.rows",
            ("5 is more than 2", "[min, max]"),
        ),
        (("rows: 3 ", "rows: 2.5 "), "rows", "expected.rows", ("no number of rows", "[min, max]")),
        (("draws: 500", "draws: yes"), "draws", "training.draws", ("yes is no whole", "whole")),
        (("draws: 500", "draws: true"), "draws", "training.draws", ("true is no whole", "whole")),
        (("draws: 500", "drawz: 500"), "drawz", "training.drawz", ("no such key", "draws?")),
        (("draws: 500", "draws: 3"), "draws", "training.draws", ("3 is below 4", "at least 4")),
        (("draws: 500", "sampler: nuts"), "sampler", "training.sampler", ("nuts", "nutpie?")),
        (("rhat: 1.01", "rhat: .nan"), "rhat", "convergence.rhat", ("no number", "a number")),
        (("rhat: 1.01", "ess: inf"), "ess", "convergence.ess", ("not finite", "a number")),
        (("rhat: 1.01", "rhat: 1"), "rhat", "convergence.rhat", ("1 is not above 1", "above 1")),
        (("rhat: 1.01", "r_hat: 1"), "r_hat", "convergence.r_hat", ("no such key", "rhat?")),
        (("threads: 2", "threads: 0"), "threads", "resources.threads", ("0 is below 1", "1")),
        (("threads: 2", "thread: 2"), "thread", "resources.thread", ("no such key", "threads?")),
        (("key: [noc]", "key: [cno]"), "key", "results.key", ("no column cno", "noc?")),
        (("key: [noc]", "key: noc"), "key", "results.key", ("noc is no list", "[a, b]")),
        (("key: [noc]", "key: []"), "key", "results.key", ("empty", "write")),
        (("key: [noc]", "key: [noc, noc]"), "key", "results.key", ("twice", "one")),
        (
            ("{type: string}", "string"),
            "noc: ",
            "results.columns.noc",
            ("no mapping", "key: value"),
        ),
        (
            ("{type: string}", "{type: text}"),
            "noc: ",
            "results.columns.noc.type",
            ("text", "string"),
        ),
        (
            ("{type: string}", "{type: string, min: 0}"),
            "noc: ",
            "results.columns.noc",
            ("no min", ""),
        ),
        (("max: 60", "max: -1"), "gold: ", "results.columns.gold", ("above max -1", "min: null")),
        (("max: 60", "mox: 60"), "gold: ", "results.columns.gold.mox", ("no such key", "max?")),
        (("total == g", "total = g"), "identities", "results.identities", ("character 7", "==")),
        (("+ silver", "+ sliver"), "identities", "results.identities", ("sliver", "silver?")),
        (("+ silver", "+ noc"), "identities", "results.identities", ("noc is a string", "numbers")),
        (("[[lower,", "[[lowest,"), "intervals", "results.intervals", ("lowest", "lower?")),
        (("[[lower,", "[[noc,"), "intervals", "results.intervals", ("noc is a string", "numbers")),
        (
            ("[[lower, total, upper]]", "[[total]]"),
            "intervals",
            "results.intervals",
            ("few", "two"),
        ),
        (
            ("constant: []", "constant: [x]"),
            "constant",
            "results.constant",
            ("no column x", "allowed"),
        ),
        (("given: []", "given: [x]"), "given", "results.given", ("no column x", "allowed")),
        (("tune: 4000", "tun: 4000"), "tun:", "emergency_fix.tun", ("no training param", "tune?")),
        (("tune: 4000", "tune: 0"), "tune: 0", "emergency_fix.tune", ("0 is below 1", "at least")),
        (("tune: 4000", "sampler: pymc"), "fix:", "emergency_fix.sampler", ("algorithm", "remove")),
    ],
)
def test_one_mistake_is_one_problem_at_its_line(tmp_path, change, line_part, key, words):
    (old, new), (what, remedy) = change, words
    text = good(**{old: new})
    found = problems(tmp_path, text)
    matching = [p for p in found if p.key == key and what in p.what and remedy in p.remedy]
    assert matching, [str(p) for p in found]
    assert matching[0].line == line_of(text, line_part)
    # A misspelt key is missing as well; nothing else may be reported.
    assert all(p in matching or "missing" in p.what for p in found), found


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("model: 1                      # = the number in the file name\n", "model"),
        ("title: Medals per country, hierarchical negative binomial\n", "title"),
        ("method: bayesian              # bayesian | convex | iterative | simulation\n", "method"),
        ("  key: [noc]                  # unique together\n", "results.key"),
    ],
)
def test_what_is_required_is_asked_for(tmp_path, line, key):
    problem = the_problem(tmp_path, good(**{line: ""}))
    assert problem.key == key
    assert "missing" in problem.what


def test_results_and_their_columns_are_required(tmp_path):
    text = "---\nmodel: 1\ntitle: t\nmethod: convex\n---\n"
    assert the_problem(tmp_path, text).key == "results"
    text = "---\nmodel: 1\ntitle: t\nmethod: convex\nresults: {key: [a], columns: {}}\n---\n"
    assert any("empty" in p.what and p.key == "results.columns" for p in problems(tmp_path, text))


def test_iterative_needs_max_steps(tmp_path):
    problem = the_problem(tmp_path, minimal(1, method="iterative"))
    assert problem.key == "training.max_steps"
    text = minimal(1, "training: {max_steps: 1e4}\n", method="iterative")
    design = load_design(write_design(tmp_path, text))
    assert design.training.model_dump()["max_steps"] == 10_000


@pytest.mark.parametrize(
    ("given", "limit", "side"),
    [
        ("rhat: 1.2", "1.2 loosens the protocol's 1.05", "at most 1.05"),
        ("ess: 100", "100 loosens the protocol's 400", "at least 400"),
        ("ebfmi: 0.1", "0.1 loosens the protocol's 0.3", "at least 0.3"),
    ],
)
def test_a_convergence_value_never_loosens_the_protocol(tmp_path, given, limit, side):
    problem = the_problem(tmp_path, good(**{"rhat: 1.01": given}))
    assert problem.what == limit
    assert problem.remedy == f"remove it or give a value of {side.removeprefix('of ')}"


@pytest.mark.parametrize("given", ["rhat: 1.05", "rhat: 1.001", "ess: 400", "ess: 4000"])
def test_a_convergence_value_may_equal_or_tighten_the_protocol(tmp_path, given):
    load_design(write_design(tmp_path, good(**{"rhat: 1.01": given})))


def test_simulation_loosening_is_named_as_well(tmp_path):
    text = minimal(1, "convergence: {mcse_over_sd: 0.2}\n", method="simulation")
    assert "0.2 loosens the protocol's 0.05" in the_problem(tmp_path, text).what


def test_every_problem_is_listed_in_the_order_of_lines(tmp_path):
    text = good(
        **{
            "title: Medals": "titel: Medals",
            "rows: 3 ": "rows: none ",
            "rhat: 1.01": "rhat: 1.2, ess: 1",
            "key: [noc]": "key: [cno]",
            "max: 60": "max: -60",
            "tune: 4000": "solver: SCS",
        }
    )
    found = problems(tmp_path, text)
    assert [p.key for p in found] == [
        "title",
        "titel",
        "expected.rows",
        "convergence.rhat",
        "convergence.ess",
        "results.key",
        "results.columns.gold",
        "emergency_fix.solver",
    ]
    assert [p.line for p in found] == sorted(p.line for p in found)


def test_a_key_that_stands_twice_is_named_with_both_lines(tmp_path):
    text = good(**{"    silver: {": "    gold: {"})
    found = problems(tmp_path, text)
    assert "results.columns.gold: it stands twice, first in line 17" in str(found[0])
    assert found[0].line == 18


def test_merge_keys_are_refused_in_words(tmp_path):
    text = good(**{"resources: {threads: 2,": "resources: {<<: {threads: 2},"})
    assert any("merge keys" in p.what for p in problems(tmp_path, text))


@pytest.mark.parametrize("name", ["model_design_01.md", "model_design_x.md", "design.md"])
def test_a_file_name_without_a_proper_number_is_a_problem(tmp_path, name):
    path = tmp_path / name
    path.write_text(good(), encoding="utf-8")
    with pytest.raises(DesignError, match="model_design_N"):
        load_design(path)


def test_an_emergency_fix_may_not_break_the_training_block(tmp_path):
    extra = "training: {replicates: 50}\nemergency_fix: {max_replicates: 20}\n"
    problem = the_problem(tmp_path, minimal(1, extra, method="simulation"))
    assert problem.key == "emergency_fix"
    assert "smaller than replicates" in problem.what
    extra = extra.replace("20", "200")
    design = load_design(write_design(tmp_path, minimal(1, extra, method="simulation")))
    assert design.emergency_training.model_dump()["max_replicates"] == 200

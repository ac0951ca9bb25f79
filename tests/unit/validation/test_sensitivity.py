"""How the rebuilt table answers to other fits."""

import pandas as pd
import pytest
from cases import TABLE, case, design_text, only, replayed, told, with_tables

from assay.validation import sensitivity

PASS = ("sensitivity", "pass", False, None, None)
FAIL = ("sensitivity", "fail", False, None, None)
DOUBT = ("sensitivity", "warn", True, None, None)
SKIPPED = ("sensitivity", "skipped", True, None, None)
RESULTS = "results:\n  key: [name]\n  columns: {{name: {{type: string}}, {columns}}}\n{extra}"


def judged(columns, extra=""):
    """Return a case whose results have these columns."""
    design = design_text().decode().partition("results:")[0]
    block = RESULTS.format(columns=columns, extra=extra)
    table = pd.DataFrame({"name": ["a", "b"]} | {c: [1.0, 2.0] for c in ("x", "y", "z")})
    names = [part.partition(":")[0] for part in columns.split(", ") if "type" in part]
    return case(text=f"{design}{block}---\n".encode(), table=table[["name", *names]])


NUMBER = "{type: number, min: null}"


def table(**columns):
    return pd.DataFrame({"name": [f"r{k}" for k in range(len(columns["x"]))], **columns})


def test_a_column_that_moves_with_the_fit():
    found = list(sensitivity.check_sensitivity(case(), replayed()))
    assert told(found) == [PASS]
    assert only(found).measured == pytest.approx(0.1 / 1.1)
    assert not list(sensitivity.check_given(case(), replayed()))
    assert not list(sensitivity.check_constants(case(), replayed()))


@pytest.mark.parametrize(
    "tables", [{"rebuilt": None}, {"perturbed": (), "broken": {"perturbed_0": "it raised"}}]
)
def test_no_other_tables(tables):
    done = with_tables(**tables)
    found = list(sensitivity.check_sensitivity(case(), done))
    assert told(found) == [SKIPPED]
    assert "perturbed" not in tables or "it raised" in only(found).message
    design = judged(f"x: {NUMBER}", "  given: [x]\n")
    assert not list(sensitivity.check_given(design, done))
    assert not list(sensitivity.check_constants(judged(f"x: {NUMBER}", "  constant: [x]\n"), done))


@pytest.mark.parametrize(("moved", "enough"), [(0.9e-6, False), (1.1e-6, True)])
def test_a_trace_of_the_fit_is_not_enough(moved, enough):
    other = TABLE.assign(x=TABLE["x"] * (1 + moved))
    found = list(sensitivity.check_sensitivity(case(), with_tables(perturbed=(other,), own={})))
    assert told(found) == [PASS if enough else FAIL]
    assert enough or only(found).measured == ["x"]


def test_one_fit_that_moves_it_is_enough():
    moved = TABLE.assign(x=TABLE["x"] * 2)
    done = with_tables(perturbed=(TABLE, moved), own={})
    assert told(sensitivity.check_sensitivity(case(), done)) == [PASS]


def test_a_table_in_which_nothing_is_estimated():
    given = judged(f"x: {NUMBER}", "  given: [x]\n")
    found = list(sensitivity.check_sensitivity(given, with_tables(perturbed=(TABLE,))))
    assert told(found) == [DOUBT]
    assert "nothing here was estimated" in only(found).message


def test_ranks_must_answer_to_fits_that_make_no_sense():
    ranks = table(x=[1, 2])
    still = with_tables(rebuilt=ranks, perturbed=(ranks,), distorted=(ranks,), nudged=(), own={})
    assert told(sensitivity.check_sensitivity(case(), still)) == [FAIL]
    turned = with_tables(
        rebuilt=ranks, perturbed=(ranks,), distorted=(table(x=[2, 1]),), nudged=(), own={}
    )
    assert told(sensitivity.check_sensitivity(case(), turned)) == [PASS]
    measures = table(x=[1.5, 2.5])
    other = with_tables(
        rebuilt=measures, perturbed=(measures,), distorted=(ranks,), nudged=(), own={}
    )
    assert told(sensitivity.check_sensitivity(case(), other)) == [FAIL]


@pytest.mark.parametrize(
    ("still", "values", "own", "doubted"),
    [
        (4, (1.1, 2.2, 3.3, 4.4), True, True),
        (4, (1.1, 2.2, 2.2, 1.1), True, False),  # a bound or two
        (3, (1.1, 2.2, 3.3, 4.4), True, False),  # half of the rows
        (4, (1.1, 2.2, 3.3, 4.4), False, False),  # copied from the inputs
    ],
)
def test_cells_that_were_typed_in(still, values, own, doubted):
    first = [*values, 5.5, 6.6]
    other = first[:still] + [10 * value for value in first[still:]]
    done = with_tables(
        rebuilt=table(x=first),
        perturbed=(table(x=other),),
        nudged=(),
        own={"x": tuple(range(6))} if own else {},
    )
    found = told(sensitivity.check_sensitivity(case(), done))
    assert found == ([PASS, DOUBT] if doubted else [PASS])


def nudged(*tables):
    return with_tables(nudged=tuple(TABLE.assign(x=TABLE["x"] * factor) for factor in tables))


@pytest.mark.parametrize(
    ("tables", "doubted"),
    [
        ((1.0, 1.0, 1.0), False),
        ((1.01, 1.01, 1.01), True),
        ((1.0 + 0.9e-6, 1.0 + 0.9e-6, 1.0 + 0.9e-6), False),
        ((1.01, 1.02, 1.03), False),  # chaotic, and so for every fit
        ((1.01, 1.01, 1.02), False),
    ],
)
def test_code_that_tells_this_fit_from_all_others(tables, doubted):
    found = told(sensitivity.check_sensitivity(case(), nudged(*tables)))
    assert found == ([PASS, DOUBT] if doubted else [PASS])


@pytest.mark.parametrize(
    ("keys", "spare"),
    [
        ({"n": [1.5, 2.5], "name": ["a", "b"]}, True),
        ({"n": [1.5, 2.5], "name": ["a", "a"]}, False),
        ({"n": [1.5, 1.5], "name": ["a", "b"]}, False),
    ],
)
def test_a_number_in_the_key_that_the_key_does_not_need(keys, spare):
    design = (
        design_text()
        .replace(b"key: [name]", b"key: [name, n]")
        .replace(b"name: {type: string}", b"name: {type: string}, n: {type: number}")
    )
    first = pd.DataFrame({**keys, "x": [1.5, 2.5]})
    done = with_tables(rebuilt=first, perturbed=(first.assign(x=[2.5, 3.5]),), nudged=(), own={})
    two = case(text=design, table=pd.DataFrame({"name": ["a", "b"], "n": [1.0, 2.0], "x": [1, 2]}))
    found = told(sensitivity.check_sensitivity(two, done))
    assert found == ([PASS, DOUBT] if spare else [PASS])


# given and constant


GIVEN = (f"x: {NUMBER}, y: {NUMBER}", "  given: [y]\n")


def test_given_columns_do_not_move():
    first = table(x=[1.5, 2.5], y=[1.5, 2.5])
    same = with_tables(rebuilt=first, perturbed=(first.assign(x=[2.0, 3.0]),))
    assert not list(sensitivity.check_given(judged(*GIVEN), same))
    moved = with_tables(rebuilt=first, perturbed=(first, first.assign(y=[1.5, 2.6])))
    found = list(sensitivity.check_given(judged(*GIVEN), moved))
    assert told(found) == [("given", "fail", False, None, None)]
    assert only(found).measured == ["y"]


def test_rows_that_come_and_go_do_not_move_given_columns():
    first = table(x=[1.5, 2.5], y=[1.5, 2.5])
    fewer = with_tables(rebuilt=first, perturbed=(first.iloc[:1],))
    assert not list(sensitivity.check_given(judged(*GIVEN), fewer))


def test_given_values_stand_in_the_inputs():
    first = table(x=[1.5, 2.5], y=[1.5, 2.5])
    done = with_tables(rebuilt=first, perturbed=(first,), strangers={"y": "2.5"})
    found = list(sensitivity.check_given(judged(*GIVEN), done))
    assert told(found) == [("given", "warn", True, None, None)]
    assert only(found).measured == "2.5"


CONSTANT = (f"x: {NUMBER}, y: {NUMBER}", "  constant: [y]\n")


@pytest.mark.parametrize(
    ("y", "other", "own", "told_of"),
    [
        ([2.5, 2.5], [2.5, 2.5], {"y": (0, 1)}, True),
        ([2.5, 2.5], [3.5, 3.5], {"y": (0, 1)}, False),
        ([2.5, 2.5], [2.5, 2.5], {}, False),
        ([2.0, 2.0], [2.0, 2.0], {"y": (0, 1)}, False),
        ([2.5, 3.5], [2.5, 3.5], {"y": (0, 1)}, False),
    ],
)
def test_measures_that_are_constant_by_the_design_alone(y, other, own, told_of):
    first = table(x=[1.5, 2.5], y=y)
    done = with_tables(rebuilt=first, perturbed=(table(x=[2.5, 3.5], y=other),), own=own)
    found = told(sensitivity.check_constants(judged(*CONSTANT), done))
    assert found == ([("constant", "warn", False, None, None)] if told_of else [])


def test_constant_is_no_excuse_for_one_row_or_several_values():
    one = table(x=[1.5], y=[2.5])
    done = with_tables(rebuilt=one, perturbed=(table(x=[2.5], y=[2.5]),), nudged=(), own={})
    found = list(sensitivity.check_sensitivity(judged(*CONSTANT), done))
    assert told(found) == [FAIL]
    assert only(found).measured == ["y"]
    two = table(x=[1.5, 2.5], y=[2.5, 3.5])
    other = table(x=[2.5, 3.5], y=[2.5, 3.5])
    done = with_tables(rebuilt=two, perturbed=(other,), nudged=(), own={})
    assert told(sensitivity.check_sensitivity(judged(*CONSTANT), done)) == [FAIL]
    same = table(x=[1.5, 2.5], y=[2.5, 2.5])
    other = table(x=[2.5, 3.5], y=[2.5, 2.5])
    done = with_tables(rebuilt=same, perturbed=(other,), nudged=(), own={})
    assert told(sensitivity.check_sensitivity(judged(*CONSTANT), done)) == [PASS]
    assert not list(sensitivity.check_constants(judged(*CONSTANT), with_tables(rebuilt=None)))

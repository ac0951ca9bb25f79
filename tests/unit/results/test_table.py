"""CSV: fixed bytes, read back without loss, by assay and by pandas."""

import math
import random
import struct

import numpy as np
import pandas as pd
import pytest

from assay.results.check import check_results
from assay.results.table import TableError, parse_results, read_results, to_csv_bytes
from sample_designs import with_results

BLOCK = """\
  key: [noc]
  columns:
    noc: {type: string}
    x: {type: number, min: null}
    n: {type: integer, min: null}
    b: {type: boolean}
  constant: [x, n]
"""
NAMES = [
    "NA",
    "nan",
    "None",
    "",
    "a,b",
    'q"q',
    "line\nbreak",
    "cr\rhere",
    "crlf\r\n",
    " pad ",
    "007",
]


def design():
    return with_results(BLOCK)


def table_of(names, x, n=None, b=None):
    size = len(names)
    return pd.DataFrame(
        {
            "noc": names,
            "x": x,
            "n": range(size) if n is None else n,
            "b": [i % 2 == 0 for i in range(size)] if b is None else b,
        }
    )


def test_the_bytes_are_these():
    table = table_of(["NA", 'a "b", c', "Ö"], [0.1, 1e300, -5.0], [1.0, 2.0, 10**17])
    expected = (
        'noc,x,n,b\nNA,0.1,1,True\n"a ""b"", c",1e+300,2,False\nÖ,-5.0,100000000000000000,True\n'
    )
    assert to_csv_bytes(table, design()) == expected.encode("utf-8")
    shuffled = table[["b", "n", "x", "noc"]]
    shuffled.index = [9, 8, 7]
    assert to_csv_bytes(shuffled, design()) == expected.encode("utf-8")


def test_an_empty_text_is_no_empty_line():
    lone = with_results("  key: [k]\n  columns: {k: {type: string}}\n")
    content = to_csv_bytes(pd.DataFrame({"k": ["", "a"]}), lone)
    assert content == b'k\n""\na\n'
    assert parse_results(content, lone)["k"].tolist() == ["", "a"]


def test_floats_survive_in_at_most_17_digits():
    rng = random.Random(3)
    floats = [struct.unpack("d", rng.randbytes(8))[0] for _ in range(3000)]
    floats = [x for x in floats if math.isfinite(x)]
    floats += [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 1 / 3, 2**53 + 0.0, 1e22, 1e16]
    table = table_of([str(i) for i in range(len(floats))], floats)
    content = to_csv_bytes(table, design())
    for back in (parse_results(content, design()), parse_results(content)):
        assert back["x"].to_numpy().tobytes() == np.array(floats).tobytes()
    digits = [line.split(b",")[1] for line in content.splitlines()[1:]]
    assert max(len(d.split(b"e")[0].strip(b"-0.").replace(b".", b"")) for d in digits) <= 17


@pytest.mark.parametrize("seed", range(20))
def test_round_trips_are_exact_and_bytes_stable(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 40))
    signs = list("aÖ奖,\"'\n\r\t ;#NA0.-e")
    names = ["".join(rng.choice(signs, rng.integers(1, 8))) + str(i) for i in range(size)]
    x = rng.normal(size=size) * 10.0 ** rng.integers(-300, 300, size)
    if seed % 2:
        x = rng.integers(-(2**62), 2**62, size)
    table = table_of(names, x, rng.integers(-(2**62), 2**62, size), rng.random(size) < 0.5)
    content = to_csv_bytes(table, design())
    back = parse_results(content, design())
    pd.testing.assert_frame_equal(back, table, check_exact=True)
    assert to_csv_bytes(back, design()) == content
    assert check_results(back, design()) == []


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_text_that_looks_like_something_else_stays_text(place):
    names = [NAMES[place], "other"]
    content = to_csv_bytes(table_of(names, [1.5, 2.5]), design())
    assert parse_results(content, design())["noc"].tolist() == names
    assert parse_results(content)["noc"].tolist() == names


def test_text_columns_of_digits_need_the_design():
    content = to_csv_bytes(table_of(["007", "008"], [1.5, 2.5]), design())
    assert parse_results(content, design())["noc"].tolist() == ["007", "008"]
    assert parse_results(content)["noc"].tolist() == [7, 8]


def test_pandas_reads_it_as_the_contract_says(tmp_path):
    path = tmp_path / "results_1.csv"
    table = table_of(["NA", "Ö"], [0.1, 2.0])
    path.write_bytes(to_csv_bytes(table, design()))
    back = pd.read_csv(path, keep_default_na=False)
    pd.testing.assert_frame_equal(back, table)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "int8", "object", "category"])
def test_every_dtype_gives_plain_numbers(dtype):
    table = table_of(["a", "b"], pd.Series([1, 2]).astype(dtype), pd.Series([3, 4]).astype(dtype))
    content = to_csv_bytes(table, design())
    ints = dtype in ("Int64", "int8", "object", "category")
    assert content.splitlines()[1] == (b"a,1,3,True" if ints else b"a,1.0,3,True")


def test_cells_of_the_wrong_type_stay_text_for_the_checks():
    content = b"noc,x,n,b\nA,1.5,1,True\nB,abc,2.5,yes\nC,,3,False\nD,nan,1_0,True\n"
    back = parse_results(content, design())
    found = [(v.check, v.column, v.row) for v in check_results(back, design())]
    assert found == [
        ("type", "x", 1),
        ("type", "x", 2),
        ("missing", "x", 3),
        ("type", "n", 1),
        ("type", "n", 3),
        ("type", "b", 1),
    ]


def test_columns_beyond_the_design_are_kept_for_the_checks():
    back = parse_results(b"noc,noc,y\nA,B,1\n", design())
    assert list(back.columns) == ["noc", "noc", "y"]
    assert {v.check for v in check_results(back, design())} == {"columns"}


def test_a_header_alone_is_an_empty_table():
    for with_design in (None, design()):
        back = parse_results(b"noc,x,n,b\n", with_design)
        assert list(back.columns) == ["noc", "x", "n", "b"]
        assert len(back) == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\n", b"noc,x\nA\n", b"noc,x\nA,1,2\n", b"noc,x\nA,1\n\n", b'noc\n"A\n'],
)
def test_what_is_no_table_is_an_error_in_words(tmp_path, content):
    for with_design in (None, design()):
        with pytest.raises(TableError, match="train the model again"):
            parse_results(content, with_design)
    path = tmp_path / "results_1.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"results_1\.csv"):
        read_results(path)


def test_reading_a_file(tmp_path):
    path = tmp_path / "results_1.csv"
    table = table_of(["NA", "Ö"], [0.1, 2.0])
    path.write_bytes(to_csv_bytes(table, design()))
    pd.testing.assert_frame_equal(read_results(path, design()), table)
    with pytest.raises(TableError, match="cannot be read"):
        read_results(tmp_path / "results_2.csv")

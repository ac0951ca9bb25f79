"""Reading the ends of files that grow."""

import json
import os

import pytest

from assay.evidence import record
from assay.evidence.ledger import LINE, Begun
from assay.evidence.record import to_line
from assay.watch import files as module
from assay.watch.files import BROKEN, TAIL, Files, last_line, records_backwards


def read_json(path):
    with open(path, encoding="utf-8") as stream:  # noqa: PTH123
        return json.load(stream)


def line_of(attempt, at="now"):
    return to_line(Begun(attempt=attempt, at=at))


def attempts(path):
    return [line.attempt for line in records_backwards(str(path), LINE)]


def test_only_what_changed_is_read_again(tmp_path):
    path = tmp_path / "a.json"
    calls = []

    def parse(name):
        calls.append(name)
        return read_json(name)

    files = Files()
    assert files.read(str(path), parse) is None
    path.write_text('{"a": 1}')
    assert files.read(str(path), parse) == files.read(str(path), parse) == {"a": 1}
    assert len(calls) == 1
    path.write_text('{"a": 22}')
    assert files.read(str(path), parse) == {"a": 22}
    path.write_text("{")
    assert files.read(str(path), parse) is BROKEN
    path.unlink()
    assert files.read(str(path), parse) is None


def test_the_whole_lines_from_the_last_on(tmp_path):
    path = tmp_path / "a.jsonl"
    odd = line_of(3).replace(b"now", b"\\u006eow")
    path.write_bytes(line_of(1) + line_of(2) + odd + b"no json\n" + b"{}\n" + line_of(4)[:-1])
    assert attempts(path) == [2, 1]


def test_lines_longer_than_what_is_read_first(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(line_of(1) + line_of(2, "x" * (3 * TAIL)) + line_of(3, "x" * (3 * TAIL)))
    assert attempts(path) == [3, 2, 1]


def test_only_the_end_of_a_large_file_is_read(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    path.write_bytes(line_of(1) * 200_000)
    read = []
    original = record.read_line

    def read_line(*what):
        read.append(what)
        return original(*what)

    monkeypatch.setattr(module, "read_line", read_line)
    assert next(records_backwards(str(path), LINE)).attempt == 1
    assert len(read) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", ""), (b"one\ntwo\n\n  \n", "two"), (b"one\ntw", "tw"), (b"\xff\n", "\ufffd")],
)
def test_last_line(tmp_path, content, expected):
    path = tmp_path / "log"
    path.write_bytes(content)
    assert last_line(str(path)) == expected


def test_reading_leaves_the_time_of_change_alone(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{}")
    os.utime(path, (1, 1))
    Files().read(str(path), read_json)
    assert path.stat().st_mtime == 1

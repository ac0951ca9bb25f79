"""Reading the ends of files that grow."""

import json
import os

import pytest

from assay.watch.files import BROKEN, TAIL, Files, last_line, last_record, read_json


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


def test_the_last_whole_line_that_has_the_key(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text('{"phase": 1}\n{"phase": 2}\n{"file": 3}\nno json\n{"phase": 4')
    assert last_record(str(path), "phase") == {"phase": 2}
    assert last_record(str(path), "nothing") is None


def test_lines_longer_than_what_is_read_first(tmp_path):
    path = tmp_path / "p.jsonl"
    long = json.dumps({"file": "x" * (3 * TAIL)})
    path.write_text(f'{{"phase": 1}}\n{long}\n{long}\n')
    assert last_record(str(path), "phase") == {"phase": 1}


def test_only_the_end_of_a_large_file_is_read(tmp_path, monkeypatch):
    path = tmp_path / "p.jsonl"
    line = json.dumps({"phase": "sample"}) + "\n"
    path.write_text(line * 200_000)
    read = []
    original = json.loads

    def loads(text):
        read.append(text)
        return original(text)

    monkeypatch.setattr(json, "loads", loads)
    assert last_record(str(path), "phase") == {"phase": "sample"}
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

"""No file and no function is longer than a reader can take in; ruff holds the complexity."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("workflow/src", "scripts", "tests", "output/implementation/code")
MOST_LINES_OF_A_FILE = 350
MOST_LINES_OF_A_FUNCTION = 60


def too_long(folder: Path) -> Iterator[str]:
    """Yield every file and function in a folder that is over its size, with its lines."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if (lines := len(text.splitlines())) > MOST_LINES_OF_A_FILE:
            yield f"{path.relative_to(folder)}: {lines} lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_LINES_OF_A_FUNCTION:
                    yield f"{path.relative_to(folder)}, {node.name}: {lines} lines"


def test_files_and_functions_are_short():
    assert [each for folder in FOLDERS for each in too_long(ROOT / folder)] == []


def test_one_line_more_is_seen(tmp_path):
    def write(name, file_lines, function_lines):
        body = "def f():\n" + "    pass\n" * (function_lines - 1)
        (tmp_path / name).write_text(body + "#\n" * (file_lines - function_lines))

    write("within.py", MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION)
    assert list(too_long(tmp_path)) == []
    write("within.py", MOST_LINES_OF_A_FILE + 1, MOST_LINES_OF_A_FUNCTION + 1)
    assert list(too_long(tmp_path)) == ["within.py: 351 lines", "within.py, f: 61 lines"]

"""What `load_design` finds wrong with a design, checked for what every problem must say."""

import pytest

from assay.core.errors import DesignError
from assay.design import InvalidDesignError, load_design
from sample_designs import write_design


def problems(tmp_path, text, number=1):
    path = write_design(tmp_path, text, number)
    with pytest.raises(DesignError) as caught:
        load_design(path)
    assert isinstance(caught.value, InvalidDesignError)
    assert str(caught.value).splitlines() == [str(p) for p in caught.value.problems]
    for problem in caught.value.problems:
        assert str(problem).startswith(f"{path}:{problem.line}: {problem.key}: ")
        assert problem.what
        assert problem.remedy
    return caught.value.problems


def the_problem(tmp_path, text, number=1):
    found = problems(tmp_path, text, number)
    assert len(found) == 1, found
    return found[0]


def line_of(text, part):
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)

"""How tests are spread over processes that run side by side (`-n 3 --dist loadgroup`)."""

import pytest

# These share nothing, or what lies on disk, made by whichever comes first.
SINGLY = {"test_corpus.py", "test_interruption.py"}


def pytest_collection_modifyitems(items):
    """Keep the tests of any other file together, since they share what its fixtures trained."""
    for item in items:
        if item.path.name not in SINGLY:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))

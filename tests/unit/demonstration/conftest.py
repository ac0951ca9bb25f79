import pytest

from assay_demonstration.medals import Tables, read_tables, summer_until


@pytest.fixture(scope="session")
def raw() -> Tables:
    """The tables as they are, with every trap in them."""
    return read_tables()


@pytest.fixture(scope="session")
def tables(raw: Tables) -> Tables:
    """The Summer Games up to 2024."""
    return summer_until(raw, 2024)
